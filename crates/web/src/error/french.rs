//! The sentences of [`Error`] in French, for `detail` and for pages.

use super::Error;

impl Error {
    /// What happened and what to do, in French.
    pub(crate) fn french(&self) -> String {
        match self {
            Self::NotFound => "Il n’y a rien à cette adresse.".to_owned(),
            Self::Method(method) => {
                format!("Cette adresse n’accepte pas {method} ; l’en-tête Allow donne les méthodes possibles.")
            }
            Self::Token => "Donnez le jeton d’un site dans l’en-tête « Authorization: Bearer … ».".to_owned(),
            Self::ReadOnly => "Ce jeton ne permet que de lire : publiez avec un jeton de portée « post ».".to_owned(),
            Self::OtherSite => "Ce jeton appartient à un autre site : il ne peut agir que pour le sien.".to_owned(),
            Self::NotJson => "Envoyez du JSON, avec l’en-tête « Content-Type: application/json ».".to_owned(),
            Self::NotSound => "Envoyez le fichier tel quel, avec son type, par exemple « Content-Type: audio/webm » ; ni formulaire, ni JSON.".to_owned(),
            Self::Unheard { french, .. } => french.clone(),
            Self::Busy => "D’autres enregistrements sont en cours : recommencez dans quelques secondes.".to_owned(),
            Self::TooLarge(limit) => format!("Le corps dépasse {limit} octets : raccourcissez-le."),
            Self::CutShort => "Le corps n’est pas arrivé en entier : envoyez-le de nouveau.".to_owned(),
            Self::Malformed(why) => format!("Le corps n’est pas du JSON valide ({why})."),
            Self::Shape(why) => format!("Le JSON n’a pas la forme attendue ({why})."),
            Self::UnknownFields(names) => {
                format!("Champs inconnus à cette adresse : {}. Retirez-les ou corrigez leur nom.", names.join(", "))
            }
            Self::Missing(field) => format!("Il manque le champ « {field} »."),
            Self::Value { field, value, possible } => {
                format!("« {value} » n’est pas possible dans « {field} ». Valeurs possibles : {possible}.")
            }
            Self::Both(one, other) => format!("Donnez « {one} » ou « {other} », pas les deux."),
            Self::Character => "Un texte contient le caractère U+0000, qu’aucun clavier ne tape : enlevez-le et envoyez de nouveau.".to_owned(),
            Self::Key => "L’en-tête Idempotency-Key doit avoir de 1 à 255 caractères ASCII visibles.".to_owned(),
            Self::KeyReused => {
                "Cette clé Idempotency-Key a déjà servi pour une autre demande : prenez-en une nouvelle.".to_owned()
            }
            Self::Changed => "Le bulletin a changé entre-temps : relisez-le, puis recommencez.".to_owned(),
            Self::Role => "Votre rôle ne permet pas cette action : demandez-la au gestionnaire du territoire ou à l’administrateur.".to_owned(),
            Self::ForeignOrigin => "Ce formulaire a été envoyé depuis un autre site : ouvrez la page du bureau et recommencez.".to_owned(),
            Self::NotForm => "Envoyez un formulaire, avec « Content-Type: application/x-www-form-urlencoded ».".to_owned(),
            Self::WrongPassword => "Cette adresse et ce mot de passe ne vont pas ensemble : vérifiez les deux.".to_owned(),
            Self::WrongCode => "Ce code n’est pas bon, ou il a déjà servi : attendez le suivant et écrivez ses six chiffres.".to_owned(),
            Self::Link => "Ce lien n’ouvre rien : il a déjà servi, ou il est trop ancien. Demandez-en un autre.".to_owned(),
            Self::Weak(weak) => weak.french().to_owned(),
            Self::Unlike => "Les deux mots de passe ne sont pas les mêmes : écrivez deux fois le même.".to_owned(),
            Self::Resting(pause) => format!("Trop d’essais sans succès : recommencez dans {} s.", pause.as_secs().max(1)),
            Self::Crowded => "Beaucoup de personnes se connectent en ce moment : recommencez dans quelques secondes.".to_owned(),
            Self::Refused(refusal) => refusal.to_string(),
            Self::Unspoken => "L’enregistrement n’est pas prêt : l’état « speech » du bulletin dit où il en est.".to_owned(),
            Self::Unspeakable => "Une voix ne peut pas lire ces mots : reformulez-les.".to_owned(),
            Self::Voiceless => "Aucune voix ne fonctionne en ce moment : enregistrez la vôtre, ou réessayez dans une minute.".to_owned(),
            Self::OffAir => "Ce bulletin n’est plus sur la ligne : il n’y a plus rien à entendre.".to_owned(),
            Self::TooSlow(limit) => format!("La demande a pris plus de {} s : recommencez.", limit.as_secs()),
            Self::Starting => "Le service démarre : réessayez dans quelques secondes.".to_owned(),
            Self::Store(_) => {
                "Le service ne peut ni lire ni enregistrer en ce moment. Recommencez dans quelques secondes, avec la même clé Idempotency-Key.".to_owned()
            }
            Self::Fault(_) => "Le service a rencontré une erreur ; elle est notée. Recommencez dans un instant.".to_owned(),
        }
    }
}
