//! Pico opens its voices by path; they travel inside the program and are laid out once.

use std::fs;
use std::io;
use std::path::Path;

use bulletin::Language;

/// The two files of a language: text analysis, then signal generation.
pub(super) fn names(language: Language) -> [&'static str; 2] {
    match language {
        Language::French => [FILES[0].0, FILES[1].0],
        Language::English => [FILES[2].0, FILES[3].0],
    }
}

/// Writes the files that `folder` lacks or holds differently; each appears whole or not at all.
///
/// # Errors
/// Those of the file system.
pub(super) fn install(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (name, content) in FILES {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|present| present == content) {
            continue;
        }
        let draft = folder.join(format!(".{name}.{}", std::process::id()));
        fs::write(&draft, content)?;
        fs::rename(&draft, &path)?;
    }
    Ok(())
}

/// Whether all files are there with their lengths; cheap enough for every text.
pub(super) fn are_installed(folder: &Path) -> bool {
    FILES.iter().all(|(name, content)| {
        fs::metadata(folder.join(name)).is_ok_and(|file| file.len() == content.len() as u64)
    })
}

static FILES: [(&str, &[u8]); 4] = include!(concat!(env!("OUT_DIR"), "/voice_files.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_laid_out_and_mended() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!are_installed(folder.path()));
        install(folder.path()).unwrap();
        assert!(are_installed(folder.path()));

        let path = folder.path().join("fr-FR_ta.bin");
        let mut broken = fs::read(&path).unwrap();
        broken[1000] ^= 1;
        fs::write(&path, &broken).unwrap();
        install(folder.path()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), FILES[0].1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
