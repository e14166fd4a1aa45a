//! Whether a text names something that people outside can see, hear or smell.

use crate::text;

/// True when a word of the text names a perception, in French or in English, with or without accents.
pub(crate) fn is_named_in(text: &str) -> bool {
    text::folded(text)
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| WORDS.contains(&word) || STEMS.iter().any(|stem| word.starts_with(stem)))
}

/// Whole words, because longer ones that begin alike mean something else.
const WORDS: [&str; 12] = [
    "feu", "feux", "fire", "fires", "fumes", "hear", "heard", "hiss", "hissing", "mist", "see",
    "venting",
];

/// Beginnings of words, folded; French first. Spellings shared by both languages stand once.
const STEMS: [&str; 62] = [
    "torch",
    "flamm",
    "flamb",
    "fumee",
    "fumer",
    "fumero",
    "panache",
    "nuage",
    "vapeur",
    "odeur",
    "odorant",
    "malodor",
    "puant",
    "sentez",
    "sentir",
    "bruit",
    "bruyan",
    "siffl",
    "grond",
    "vromb",
    "deton",
    "deflagr",
    "explos",
    "bang",
    "lueur",
    "lumiere",
    "lumineu",
    "luminosite",
    "visible",
    "audible",
    "enten",
    "incend",
    "brul",
    "fuite",
    "deverse",
    "echapp",
    "degage",
    "rejet",
    "soupape",
    "sirene",
    "alarm",
    "vibr",
    "secousse",
    "poussier",
    "suie",
    "retombee",
    "etincel",
    "picot",
    "flar",
    "flame",
    "glow",
    "smok",
    "plume",
    "smell",
    "odour",
    "odor",
    "stench",
    "nois",
    "loud",
    "steam",
    "leak",
    "siren",
];
