//! How a caller comes into a territory: by its number, by the menu, or by saying nothing.

use std::{cmp::Reverse, sync::Arc};

use bulletin::{Language, TerritorySlug};

use super::{Script, place::Place};
use crate::on_air::OnAir;

impl Script {
    /// Opens a fresh menu of what is on air, the most populated first; one territory alone needs none.
    pub(super) fn open_menu(&mut self) -> Place {
        let mut largest_first: Vec<_> = self.on_air.territories.iter().collect();
        largest_first.sort_by_key(|one| Reverse((one.residents, one.ongoing.len())));
        let choices = largest_first.iter().take(MOST_CHOICES);
        let choices: Vec<_> = choices.map(|one| one.slug.clone()).collect();
        match choices.as_slice() {
            [] => Place::Difficulty,
            [only] => self.choose(only.clone()),
            _ => {
                self.choices = choices;
                Place::Menu { attempt: 0 }
            }
        }
    }

    /// The choice of an open menu that a key stands for.
    pub(super) fn find_choice(&self, key: char) -> Option<TerritorySlug> {
        let number = usize::try_from(key.to_digit(10)?).ok()?;
        self.choices.get(number.checked_sub(1)?).cloned()
    }

    /// Enters a territory from its greeting on.
    pub(super) fn choose(&mut self, slug: TerritorySlug) -> Place {
        self.territory = Some(slug);
        self.choices.clear();
        self.sought = None;
        self.begin_again()
    }

    /// Goes on in another language, from the greeting on.
    pub(super) fn speak(&mut self, language: Language) -> Place {
        self.language = language;
        self.begin_again()
    }

    fn begin_again(&mut self) -> Place {
        self.round.clear();
        self.ended.clear();
        self.once_more_said = false;
        self.last_bulletin = None;
        Place::Greeting
    }

    /// Takes what is on air now if a menu can be made of it.
    pub(super) fn take_for_menu(&mut self, latest: &Arc<OnAir>) {
        if !latest.territories.is_empty() {
            self.on_air = Arc::clone(latest);
        }
    }
}

/// Silent menus are said again this many times before the first territory is taken.
pub(super) const MENU_REPEATS: u8 = 2;
/// More choices than this are not remembered by ear.
const MOST_CHOICES: usize = 5;
