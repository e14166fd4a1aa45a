//! Whatever is pressed and answered, no call is a trap.

use proptest::prelude::*;

use super::stage::{Operator, recording};
use crate::Step;
use crate::dictation::Word;

proptest! {
    #[test]
    fn any_keys_and_any_answers_leave_a_call_that_ends_by_itself(
        acts in proptest::collection::vec((0u8..3, proptest::char::any(), 0usize..9, 0usize..12), 0..200),
    ) {
        let mut operator = Operator::calls();
        for (act, strange, word, key) in acts {
            match act {
                0 => { operator.script.next_step(); }
                1 => {
                    let known = "0123456789*#".chars().nth(key).unwrap_or(strange);
                    operator.script.handle_key(if word == 0 { strange } else { known });
                }
                _ => { operator.script.handle_word(words()[word].clone()); }
            }
            while operator.script.poll_request().is_some() {}
        }
        let left = (0..200).take_while(|_| !matches!(operator.script.next_step(), Step::HangUp));
        prop_assert!(left.count() < 200, "left alone it never ends: {:?}", operator.script);
        prop_assert!(operator.script.handle_key('1').is_none(), "it is over");
    }
}

fn words() -> [Word; 9] {
    [
        Word::Welcome,
        Word::Wrong,
        Word::Locked,
        Word::Busy,
        Word::Take(recording()),
        Word::Unheard,
        Word::Faint,
        Word::Published,
        Word::Trouble,
    ]
}
