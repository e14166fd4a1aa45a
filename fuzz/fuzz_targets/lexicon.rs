//! Any lexicon is read or its faults are told; what is read changes a text into words or an error.
#![no_main]

use bulletin::Language;
use libfuzzer_sys::fuzz_target;
use speech::{Lexicon, normalise};

const TEXT: &str = "Torche de la Raffinerie du Méandre (POI) à Petit-Couronne, unité B, SO2, 14h30.";

fuzz_target!(|toml: &str| {
    let faults = Lexicon::faults(toml);
    match Lexicon::default().with(toml) {
        Ok(lexicon) => {
            assert!(faults.is_empty());
            let _ = normalise(TEXT, Language::French, &lexicon);
        }
        Err(_) => assert!(!faults.is_empty()),
    }
});
