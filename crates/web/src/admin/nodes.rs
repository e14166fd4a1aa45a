//! The nodes of the service as they last said how they are, for administrators.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Html;
use axum::routing::get;
use bulletin::Language;
use store::KnownNode;

use super::{Frame, Login, Place, Trouble, page};
use crate::app::Desk;
use crate::words::{Moment, pick, plural};

pub(super) fn routes() -> Router<Desk> {
    Router::new().route("/nodes", get(show))
}

/// GET `/admin/nodes`.
async fn show(State(desk): State<Desk>, login: Login) -> Result<Html<String>, Trouble> {
    login.may_administer()?;
    let nodes = desk.app.store.nodes().await?;
    let at_work = nodes
        .iter()
        .filter(|node| node.was_seen_lately(login.now) && !node.is_leaving);
    let at_work: Vec<_> = at_work.collect();
    let mut programmes: Vec<_> = at_work.iter().map(|node| &node.programme).collect();
    programmes.sort_unstable();
    programmes.dedup();
    let is_done = |part: &Part| at_work.iter().any(|node| part.is_of(&node.role));
    Ok(page(&NodesPage {
        undone: PARTS
            .iter()
            .filter(|part| !is_done(part))
            .map(|part| part.named(login.language))
            .collect(),
        is_one_programme: programmes.len() <= 1,
        nodes: nodes.iter().map(|node| Shown::of(node, &login)).collect(),
        frame: Frame::new(&login, Place::Nodes),
    }))
}

/// A part of the work.
struct Part {
    role: &'static str,
    french: &'static str,
    english: &'static str,
}

impl Part {
    fn is_of(&self, role: &str) -> bool {
        role == "all" || role == self.role
    }

    fn named(&self, language: Language) -> &'static str {
        pick(language, self.french, self.english)
    }
}

const PARTS: [Part; 3] = [
    Part {
        role: "line",
        french: "les appels",
        english: "calls",
    },
    Part {
        role: "web",
        french: "les pages",
        english: "pages",
    },
    Part {
        role: "jobs",
        french: "les tâches (voix, canaux, courriels)",
        english: "jobs (voices, channels, mails)",
    },
];

/// A node as the page shows it.
struct Shown {
    name: String,
    /// What it does, in words.
    parts: String,
    colour: &'static str,
    state: &'static str,
    /// When it was seen last, if that is long ago.
    gone_since: Option<Moment>,
    since: Moment,
    version: String,
    /// None where nobody calls, or nobody knows how many do.
    calls: Option<String>,
    programme: String,
}

impl Shown {
    fn of(node: &KnownNode, login: &Login) -> Self {
        let language = login.language;
        let moment = |at| Moment::told(language, at, &login.zone, login.now);
        let is_there = node.was_seen_lately(login.now);
        let (colour, french, english) = match (is_there, node.is_leaving) {
            (false, _) => ("red", "on ne l’a plus vu depuis", "not seen since"),
            (true, true) => (
                "amber",
                "s’arrête, et ne prend plus rien de nouveau",
                "stops, and takes nothing new",
            ),
            (true, false) => ("green", "prêt", "ready"),
        };
        let does = |part: &&Part| part.is_of(&node.role);
        let parts = PARTS.iter().filter(does).map(|part| part.named(language));
        let calls = match language {
            Language::French => format!("{} appel{} en cours", node.calls, plural(node.calls)),
            Language::English => format!("{} in progress", node.calls),
        };
        Self {
            name: node.name.clone(),
            parts: parts.collect::<Vec<_>>().join(", "),
            colour,
            state: pick(language, french, english),
            gone_since: (!is_there).then(|| moment(node.seen_at)),
            since: moment(node.since),
            version: node.version.clone(),
            calls: (is_there && PARTS[0].is_of(&node.role)).then_some(calls),
            programme: node.programme.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "admin/nodes.html")]
struct NodesPage {
    frame: Frame,
    nodes: Vec<Shown>,
    /// Parts of the work that no node does.
    undone: Vec<&'static str>,
    is_one_programme: bool,
}
