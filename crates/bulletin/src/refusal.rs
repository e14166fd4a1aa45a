//! Why something was not accepted, in words its author can act on.

/// Why a text, a name or an action was not accepted. `Display` is French; [`Refusal::english`] says the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Not a territory's slug, or a reserved word.
    #[error(
        "L'identifiant du territoire doit compter 2 à 40 lettres minuscules sans accent, chiffres ou « _ », et ne pas être un mot réservé."
    )]
    TerritorySlug,
    /// Not a site's slug.
    #[error(
        "L'identifiant du site doit compter 2 à 40 lettres minuscules sans accent, chiffres, « _ » ou « - »."
    )]
    SiteSlug,
    /// A name that is empty, too long, or more than a line.
    #[error("Écrivez un nom de 1 à {limit} caractères, sur une ligne, avec au moins une lettre.")]
    Name {
        /// The most characters it may have.
        limit: usize,
    },
    /// A name of the lexicon that no text can hold.
    #[error(
        "Écrivez le mot ou le nom tel qu'il est dans les textes : 1 à 80 caractères, sur une ligne."
    )]
    Written,
    /// A way to say it that no voice reads.
    #[error(
        "Écrivez la prononciation en lettres seulement, avec apostrophes, traits d'union et points au besoin ; les chiffres et les signes en mots (« deux », « pour cent »)."
    )]
    Say,
    /// Not the slug of a page.
    #[error(
        "L'identifiant de la page doit compter 2 à 40 lettres minuscules sans accent, chiffres, « _ » ou « - »."
    )]
    PageSlug,
    /// A page that explains nothing.
    #[error("Le texte est vide. Écrivez ce que la page explique.")]
    PageEmpty,
    /// More than anybody reads on a page.
    #[error(
        "Le texte compte {length} caractères ; une page en a au plus {limit}. Raccourcissez-le, ou faites-en deux pages."
    )]
    PageTooLong {
        /// Characters in the trimmed text.
        length: usize,
        /// The most that a page has.
        limit: usize,
    },
    /// A page of which one half is translated.
    #[error(
        "Pour que la page soit en anglais, il faut son titre et son texte : écrivez les deux, ou aucun."
    )]
    HalfTranslated,
    /// More than a line.
    #[error("Écrivez au plus {limit} caractères, sur une ligne.")]
    Line {
        /// The most characters it may have.
        limit: usize,
    },
    /// Not a place on earth.
    #[error(
        "Écrivez la latitude et la longitude en degrés, comme les donnent les cartes en ligne : 49.4431, 1.0993."
    )]
    Coordinates,
    /// Not a telephone number.
    #[error(
        "« {text} » n'est pas un numéro de téléphone complet. Écrivez par exemple 0805 691 282 ou +33 805 691 282."
    )]
    DialledNumber {
        /// What was typed.
        text: String,
    },
    /// Not an address for mail.
    #[error("Écrivez une adresse électronique complète, par exemple prenom.nom@exemple.fr.")]
    EmailAddress,
    /// Not a bulletin's id.
    #[error(
        "Un numéro de bulletin compte douze lettres minuscules ou chiffres de 2 à 7 ; vérifiez l'adresse."
    )]
    BulletinId,
    /// Nothing but blanks.
    #[error("Le texte est vide. Dites ce que l'on voit, entend ou sent, et depuis quand.")]
    Empty,
    /// More characters than the line reads.
    #[error(
        "Le texte compte {length} caractères ; la ligne en lit au plus {limit}. Raccourcissez-le."
    )]
    TooLong {
        /// Characters in the trimmed text.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// A control character other than a line break or a tab.
    #[error(
        "Le texte contient un caractère invisible interdit à la position {position}. Effacez-le ou retapez ce passage."
    )]
    ControlCharacter {
        /// 1 for the first character of the trimmed text.
        position: usize,
    },
    /// A character that changes the direction of writing.
    #[error(
        "Le texte contient, à la position {position}, un caractère invisible qui change le sens d'écriture. Retapez ce passage."
    )]
    DirectionControl {
        /// 1 for the first character of the trimmed text.
        position: usize,
    },
    /// Neither a letter nor a digit.
    #[error("Le texte ne contient aucun mot à lire. Écrivez une phrase.")]
    NoWords,
    /// The first text of an unplanned event does not say what is perceived.
    #[error(
        "Dites ce que l'on perçoit de l'extérieur (flamme, fumée, bruit, odeur, sirène…) : dans le texte, dans l'événement ou dans les nuisances."
    )]
    NoPerception,
    /// The event would end before it begins.
    #[error("L'heure de fin doit venir après l'heure de début. Corrigez l'une des deux.")]
    EndsBeforeStart,
    /// The window of an announced event lies in the past.
    #[error(
        "Cet événement annoncé est déjà terminé. Corrigez l'heure de fin, ou choisissez « inopiné » s'il a eu lieu sans prévenir."
    )]
    AlreadyOver,
    /// The bulletin would leave the line before its event begins.
    #[error(
        "Le bulletin quitterait la ligne avant le début de l'événement. Choisissez une durée plus longue, ou publiez-le plus tard."
    )]
    ExpiresBeforeStart,
    /// A lifetime out of range.
    #[error("La durée de publication doit être de 1 à 30 jours, ou de 1 à 720 heures.")]
    Lifetime,
    /// The site does not speak in this territory.
    #[error("Ce site ne publie pas dans ce territoire. Choisissez le territoire du site.")]
    WrongTerritory,
    /// No recording of this name was made for the site.
    #[error(
        "Cet enregistrement est inconnu : un enregistrement qui n’a pas servi est effacé au bout d’un jour. Envoyez-le de nouveau."
    )]
    UnknownRecording,
    /// The thread was closed, or its window is over.
    #[error("Ce bulletin est terminé. Si l'événement reprend, publiez un nouveau bulletin.")]
    Ended,
    /// The bulletin was withdrawn.
    #[error("Ce bulletin a été retiré. Publiez un nouveau bulletin.")]
    Withdrawn,
    /// There is no withdrawal that could still be undone.
    #[error(
        "Il n'y a plus de retrait à annuler : on ne le peut que pendant une minute. Publiez un nouveau bulletin."
    )]
    NothingToUndo,
    /// The bulletin is past its lifetime.
    #[error(
        "Ce bulletin est archivé : sa durée de publication est passée. Publiez un nouveau bulletin."
    )]
    Expired,
}

impl Refusal {
    /// The sentence to act on for English readers.
    pub fn english(&self) -> String {
        match self {
            Self::TerritorySlug => "A territory's slug has 2 to 40 of a–z, 0–9 and “_”, and is not a reserved word.".into(),
            Self::SiteSlug => "A site's slug has 2 to 40 of a–z, 0–9, “_” and “-”.".into(),
            Self::Name { limit } => format!(
                "Write a name of 1 to {limit} characters, on one line, with at least one letter."
            ),
            Self::Written => "Write the word or name as it stands in texts: 1 to 80 characters, on one line.".into(),
            Self::Say => "Write how it is said in letters only, with apostrophes, hyphens and stops where needed; figures and signs as words.".into(),
            Self::PageSlug => "A page's slug has 2 to 40 of a–z, 0–9, “_” and “-”.".into(),
            Self::PageEmpty => "The text is empty. Write what the page explains.".into(),
            Self::PageTooLong { length, limit } => format!(
                "The text has {length} characters; a page has at most {limit}. Shorten it, or make two pages of it."
            ),
            Self::HalfTranslated => "For the page to be in English it needs its title and its text: write both, or neither.".into(),
            Self::Line { limit } => format!("Write at most {limit} characters, on one line."),
            Self::Coordinates => "Write latitude and longitude in degrees, as maps on the web give them: 49.4431, 1.0993.".into(),
            Self::DialledNumber { text } => format!(
                "“{text}” is not a whole telephone number. Write 0805 691 282 or +33 805 691 282, for example."
            ),
            Self::EmailAddress => "Write a whole e-mail address, such as first.last@example.org.".into(),
            Self::BulletinId => "A bulletin's id is twelve of a–z and 2–7; check the address.".into(),
            Self::Empty => "The text is empty. Say what can be seen, heard or smelt, and since when.".into(),
            Self::TooLong { length, limit } => format!(
                "The text has {length} characters; the line reads at most {limit}. Shorten it."
            ),
            Self::ControlCharacter { position } => format!(
                "The text has a forbidden invisible character at position {position}. Delete it or type the passage again."
            ),
            Self::DirectionControl { position } => format!(
                "The text has, at position {position}, an invisible character that changes the writing direction. Type the passage again."
            ),
            Self::NoWords => "The text has no word to read. Write a sentence.".into(),
            Self::NoPerception => "Say what people outside perceive (flame, smoke, noise, smell, siren…): in the text, in the events or in the nuisances.".into(),
            Self::EndsBeforeStart => "The end must come after the start. Correct one of the two.".into(),
            Self::AlreadyOver => "This announced event is already over. Correct its end, or choose “unplanned” if it came without notice.".into(),
            Self::ExpiresBeforeStart => "The bulletin would leave the line before the event begins. Choose a longer lifetime, or post it later.".into(),
            Self::Lifetime => "The lifetime must be 1 to 30 days, or 1 to 720 hours.".into(),
            Self::WrongTerritory => "This site does not post in this territory. Choose the site's own territory.".into(),
            Self::UnknownRecording => "This recording is unknown: one that no bulletin uses is deleted after a day. Upload it again.".into(),
            Self::Ended => "This bulletin has ended. If the event starts again, post a new bulletin.".into(),
            Self::Withdrawn => "This bulletin was withdrawn. Post a new bulletin.".into(),
            Self::NothingToUndo => "There is no withdrawal left to undo: that is possible for one minute. Post a new bulletin.".into(),
            Self::Expired => "This bulletin is archived: its lifetime is over. Post a new bulletin.".into(),
        }
    }

    /// A stable word for programs; never changes once published.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TerritorySlug => "territory-slug",
            Self::SiteSlug => "site-slug",
            Self::Name { .. } => "name",
            Self::Written => "lexicon-match",
            Self::Say => "lexicon-say",
            Self::PageSlug => "page-slug",
            Self::PageEmpty => "page-empty",
            Self::PageTooLong { .. } => "page-too-long",
            Self::HalfTranslated => "half-translated",
            Self::Line { .. } => "line",
            Self::Coordinates => "coordinates",
            Self::DialledNumber { .. } => "dialled-number",
            Self::EmailAddress => "email-address",
            Self::BulletinId => "bulletin-id",
            Self::Empty => "text-empty",
            Self::TooLong { .. } => "text-too-long",
            Self::ControlCharacter { .. } => "text-control-character",
            Self::DirectionControl { .. } => "text-direction-control",
            Self::NoWords => "text-without-words",
            Self::NoPerception => "no-perception",
            Self::EndsBeforeStart => "ends-before-start",
            Self::AlreadyOver => "already-over",
            Self::ExpiresBeforeStart => "expires-before-start",
            Self::Lifetime => "lifetime-out-of-range",
            Self::WrongTerritory => "wrong-territory",
            Self::UnknownRecording => "unknown-recording",
            Self::Ended => "bulletin-ended",
            Self::Withdrawn => "bulletin-withdrawn",
            Self::NothingToUndo => "nothing-to-undo",
            Self::Expired => "bulletin-expired",
        }
    }
}
