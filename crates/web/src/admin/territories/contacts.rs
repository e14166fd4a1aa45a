//! The authorities of a territory: who is told what sites post, and who else when nobody there answers.

pub(super) mod contact;
pub(super) mod list;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{Html, IntoResponse, Redirect, Response};
use base64ct::{Base64, Encoding};
use bulletin::{
    Authority, Contact, ContactId, ContactList, EmailAddress, Language, Reach, Refusal,
    WebhookAddress, label, name,
};

use super::form::{Form, Input};
use super::managed::{Managed, Manager};
use crate::admin::{Fields, Frame, Trouble, page, secret};
use crate::app::Desk;
use crate::error::Error;

/// GET `/admin/territories/{territory}/contacts`.
pub(in crate::admin::territories) async fn show(
    managed: Managed,
    State(desk): State<Desk>,
    RawQuery(query): RawQuery,
) -> Result<Html<String>, Trouble> {
    let frame = managed.frame();
    let form = Form::new(inputs(&frame, None));
    Ok(shown(&desk, managed, frame, form, query.as_deref()).await?)
}

/// POST `/admin/territories/{territory}/contacts`.
pub(in crate::admin::territories) async fn add(
    manager: Manager,
    State(desk): State<Desk>,
    fields: Fields,
) -> Result<Response, Trouble> {
    let frame = manager.0.frame();
    let mut form = Form::new(inputs(&frame, None)).fill_new(&fields);
    let id = ContactId::parse(&secret::letters::<12>());
    let id = id.expect("twelve small letters and digits are the name of a contact");
    if let Some(contact) = composed(&manager.0, id, &mut form, &frame) {
        let key = secret::octets::<KEY>();
        let store = &desk.app.store;
        store.add_contact(&contact, &key, manager.by()).await?;
        if has_program(&contact) {
            show_key(&desk, &manager, &contact, &key);
        }
        let address = manager.0.address("/contacts?done=added");
        return Ok(Redirect::to(&address).into_response());
    }
    let status = form.status();
    let page = shown(&desk, manager.0, frame, form, None).await?;
    Ok((status, page).into_response())
}

/// The fields of a contact, with what is kept of it.
fn inputs(frame: &Frame, contact: Option<&Contact>) -> Vec<Input> {
    let kept = |read: fn(&Contact) -> &str| contact.map_or("", read);
    let communes = contact.map(|contact| contact.communes.join("\n"));
    let english = frame.language() == "en";
    let kinds = Authority::ALL.iter().map(|it| {
        let words = if english {
            it.as_english()
        } else {
            it.as_french()
        };
        (it.as_str(), words)
    });
    let kinds: Vec<_> = kinds.collect();
    vec![
        Input::choice(
            "authority",
            frame.say("Liste", "List"),
            contact.map_or("", |contact| contact.authority.as_str()),
            &kinds,
        ),
        Input::line(
            "name",
            frame.say("Nom", "Name"),
            frame.say(
                "Tel que le bureau l’affiche : CODIS 76, Mairie de Petit-Couronne.",
                "As the desk shows it: CODIS 76, Town hall of Petit-Couronne.",
            ),
            kept(|contact| &contact.name),
        )
        .required(),
        Input::lines(
            "communes",
            frame.say("Communes", "Communes"),
            frame.say(
                "Une par ligne : seuls les sites de ces communes sont annoncés à ce contact. Vide : tous les sites du territoire.",
                "One a line: this contact is told of the sites in these communes only. Empty: of every site of the territory.",
            ),
            communes.as_deref().unwrap_or_default(),
        ),
        Input::line(
            "email",
            frame.say("Adresse électronique", "E-mail address"),
            frame.say(
                "Une boîte que quelqu’un lit jour et nuit.",
                "A mailbox that somebody reads day and night.",
            ),
            kept(|contact| contact.first.email.as_ref().map_or("", EmailAddress::as_str)),
        ),
        Input::line(
            "webhook",
            frame.say("Adresse d’un programme (webhook)", "Address of a program (webhook)"),
            frame.say(
                "Pour un logiciel qui reçoit les messages ; elle commence par https://. Vide s’il n’y en a pas.",
                "For software that takes the messages; it begins with https://. Empty if there is none.",
            ),
            kept(|contact| contact.first.webhook.as_ref().map_or("", WebhookAddress::as_str)),
        ),
        Input::line(
            "second_email",
            frame.say(
                "Second contact : adresse électronique",
                "Second contact: e-mail address",
            ),
            frame.say(
                "Prévenu quand personne n’a accusé réception à temps. Vide s’il n’y en a pas.",
                "Told when nobody has acknowledged in time. Empty if there is none.",
            ),
            kept(|contact| contact.second.email.as_ref().map_or("", EmailAddress::as_str)),
        ),
        Input::line(
            "second_webhook",
            frame.say(
                "Second contact : adresse d’un programme",
                "Second contact: address of a program",
            ),
            "",
            kept(|contact| contact.second.webhook.as_ref().map_or("", WebhookAddress::as_str)),
        ),
        Input::line(
            "telephone",
            frame.say("Téléphone", "Telephone"),
            frame.say(
                "Affiché au bureau quand personne ne répond. Personne n’est appelé par la machine.",
                "Shown at the desk when nobody answers. The machine calls nobody.",
            ),
            kept(|contact| &contact.telephone),
        ),
        Input::choice(
            "language",
            frame.say("Langue des messages", "Language of the messages"),
            contact.map_or("fr", |contact| contact.language.as_str()),
            &[("fr", "français"), ("en", "English")],
        ),
    ]
}

/// The contact of the form; `None` leaves the refusals in it.
fn composed(managed: &Managed, id: ContactId, form: &mut Form, frame: &Frame) -> Option<Contact> {
    let typed = |form: &Form, name: &str| form.value(name).to_owned();
    let (called, telephone) = (typed(form, "name"), typed(form, "telephone"));
    let called = form.take(frame, "name", name(&called));
    let telephone = match telephone.is_empty() {
        true => Some(String::new()),
        false => form.take(
            frame,
            "telephone",
            label(&telephone, LONGEST_TELEPHONE).ok_or(Refusal::Name {
                limit: LONGEST_TELEPHONE,
            }),
        ),
    };
    let first = reach(form, frame, "email", "webhook");
    let second = reach(form, frame, "second_email", "second_webhook");
    let communes = communes(form, frame);
    let authority = Authority::parse(form.value("authority"));
    if authority.is_none() {
        form.refuse(
            "authority",
            frame.say("Choisissez une liste.", "Choose a list."),
        );
    }
    if first.as_ref().is_some_and(Reach::is_empty) {
        form.refuse(
            "email",
            frame.say(
                "Écrivez une adresse électronique, ou celle d’un programme : ce contact ne serait prévenu de rien.",
                "Write an e-mail address, or that of a program: this contact would be told nothing.",
            ),
        );
        return None;
    }
    Some(Contact {
        id,
        territory: managed.territory.slug.clone(),
        authority: authority?,
        name: called?,
        communes: communes?,
        language: Language::parse(form.value("language")).unwrap_or(Language::French),
        telephone: telephone?,
        first: first?,
        second: second?,
    })
}

fn reach(
    form: &mut Form,
    frame: &Frame,
    email: &'static str,
    webhook: &'static str,
) -> Option<Reach> {
    let (mail, program) = (form.value(email).to_owned(), form.value(webhook).to_owned());
    let mail = match mail.is_empty() {
        true => Some(None),
        false => form
            .take(frame, email, EmailAddress::parse(&mail))
            .map(Some),
    };
    let program = match program.is_empty() {
        true => Some(None),
        false => WebhookAddress::parse(&program).map(Some),
    };
    if program.is_none() {
        form.refuse(
            webhook,
            frame.say(
                "Écrivez une adresse entière qui commence par https://, par exemple https://codis.exemple.fr/allo.",
                "Write a whole address that begins with https://, such as https://codis.example.org/allo.",
            ),
        );
    }
    Some(Reach {
        email: mail?,
        webhook: program?,
    })
}

fn communes(form: &mut Form, frame: &Frame) -> Option<Vec<String>> {
    let typed = form.value("communes").to_owned();
    let lines = typed.lines().filter(|line| !line.trim().is_empty());
    let read: Option<Vec<_>> = lines.map(|line| label(line, LONGEST_COMMUNE)).collect();
    let read = read.filter(|communes| communes.len() <= MOST_COMMUNES);
    if read.is_none() {
        form.refuse(
            "communes",
            frame.say(
                "Écrivez un nom de commune par ligne, de 80 caractères au plus, et 100 communes au plus.",
                "Write one name of a commune a line, of at most 80 characters, and at most 100 communes.",
            ),
        );
    }
    read
}

fn has_program(contact: &Contact) -> bool {
    contact.first.webhook.is_some() || contact.second.webhook.is_some()
}

/// Keeps a key for the page that shows it once.
fn show_key(desk: &Desk, manager: &Manager, contact: &Contact, key: &[u8]) {
    let login = &manager.0.login;
    let lines = vec![contact.name.clone(), written(key)];
    let shown_once = &desk.door.shown_once;
    shown_once.keep(&login.id, TOPIC, lines, login.now);
}

/// A key as Standard Webhooks writes it.
fn written(key: &[u8]) -> String {
    format!("whsec_{}", Base64::encode_string(key))
}

async fn shown(
    desk: &Desk,
    managed: Managed,
    frame: Frame,
    form: Form,
    query: Option<&str>,
) -> Result<Html<String>, Error> {
    let store = &desk.app.store;
    let slug = &managed.territory.slug;
    let (contacts, lists) = (
        store.contacts(slug).await?,
        store.contact_lists(slug).await?,
    );
    let mut sites = managed.sites(&desk.app).await?;
    sites.retain(store::RegisteredSite::is_open);
    let line = |contact: &Contact| {
        let concerned = sites
            .iter()
            .filter(|one| contact.is_concerned_by(&one.site.commune));
        let names: Vec<_> = concerned.map(|one| one.site.name.as_str()).collect();
        Line {
            address: managed.address(&format!("/contacts/{}", contact.id)),
            name: contact.name.clone(),
            first: in_words(&contact.first),
            second: in_words(&contact.second),
            is_for_all: contact.communes.is_empty(),
            sites: names.join(", "),
        }
    };
    let sections = lists.iter().map(|list| Section {
        title: list.authority,
        address: managed.address(&format!("/contacts/lists/{}", list.authority.as_str())),
        kinds: list::kinds_in_words(list, &frame),
        minutes: list.patience.minutes(),
        lines: contacts
            .iter()
            .filter(|contact| contact.authority == list.authority)
            .map(line)
            .collect(),
    });
    let sections = sections.collect();
    let login = &managed.login;
    let kept = desk.door.shown_once.read(&login.id, TOPIC, login.now);
    Ok(page(&ContactsPage {
        done: super::change::done(query, &frame),
        fresh: kept.and_then(|lines| <[String; 2]>::try_from(lines).ok()),
        sections,
        form,
        frame,
        managed,
    }))
}

/// The ways to somebody, for a line of a page.
fn in_words(reach: &Reach) -> String {
    let email = reach.email.iter().map(|email| email.as_str().to_owned());
    let webhook = reach.webhook.iter().map(|it| it.as_str().to_owned());
    email.chain(webhook).collect::<Vec<_>>().join(", ")
}

/// The contacts of one kind.
struct Section {
    title: Authority,
    address: String,
    kinds: String,
    minutes: u8,
    lines: Vec<Line>,
}

struct Line {
    address: String,
    name: String,
    first: String,
    second: String,
    is_for_all: bool,
    /// The sites it is told of, by name.
    sites: String,
}

/// Octets of a key; Standard Webhooks asks for 24 to 64.
const KEY: usize = 24;
const TOPIC: &str = "webhook-key";
const LONGEST_TELEPHONE: usize = 40;
const LONGEST_COMMUNE: usize = 80;
const MOST_COMMUNES: usize = 100;

#[derive(Template)]
#[template(path = "admin/territories/contacts.html")]
struct ContactsPage {
    frame: Frame,
    managed: Managed,
    done: &'static str,
    /// Whose key it is, and the key.
    fresh: Option<[String; 2]>,
    sections: Vec<Section>,
    form: Form,
}

/// What a list needs to be found among those of a territory.
async fn find_list(desk: &Desk, managed: &Managed, authority: &str) -> Result<ContactList, Error> {
    let authority = Authority::parse(authority).ok_or(Error::NotFound)?;
    let lists = desk
        .app
        .store
        .contact_lists(&managed.territory.slug)
        .await?;
    let mut lists = lists.into_iter();
    lists
        .find(|list| list.authority == authority)
        .ok_or(Error::NotFound)
}
