//! Finds what is embedded: Pico's voice files in the registry's copy of its crate, and the fixed
//! prompts of this repository, which it brings to the level of the line and into its codecs. Writes one file of
//! `include_*!` lines for each.

#[path = "src/prompts/finish.rs"]
mod finish;
#[path = "src/for_the_build.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the rest of it is for recordings"
)]
mod for_the_build;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, thread};

// Under the names by which they know each other.
use for_the_build::{chain, level, pcm, wav};
use media::Codec;
use pcm::Pcm;

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("voice_files.rs"), voice_files(&out)?)?;
    fs::write(out.join("prompt_list.rs"), prompt_list(&out)?)?;
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed={OVERRIDE}");
    Ok(())
}

/// `[("fr-FR_ta.bin", include_bytes!(…)), …]`, in the order Pico loads them, copied to where everybody has them.
fn voice_files(out: &Path) -> Result<String, Box<dyn Error>> {
    let folder = match env::var_os(OVERRIDE) {
        Some(folder) => PathBuf::from(folder),
        None => pico_folder()?.join("build/pico/lang"),
    };
    let mut list = String::from("[\n");
    for name in VOICE_FILES {
        let path = folder.join(name);
        if !path.is_file() {
            return Err(format!(
                "{} is missing; set {OVERRIDE} to its folder",
                path.display()
            )
            .into());
        }
        println!("cargo:rerun-if-changed={}", path.display());
        fs::write(out.join(name), fs::read(path)?)?;
        let path = place(OUT, name);
        writeln!(list, "    ({name:?}, include_bytes!({path}).as_slice()),")?;
    }
    Ok(list + "]\n")
}

/// Where cargo unpacked `ttspico-sys`; its build script does not say, so cargo is asked.
fn pico_folder() -> Result<PathBuf, Box<dyn Error>> {
    let manifest = pico_manifest(&["--offline"]).or_else(|_| pico_manifest(&[]))?;
    let folder = Path::new(&manifest)
        .parent()
        .ok_or("a manifest lies in a folder")?;
    Ok(folder.to_owned())
}

fn pico_manifest(more: &[&str]) -> Result<String, Box<dyn Error>> {
    let target = env::var("TARGET")?;
    let answer = Command::new(env::var("CARGO")?)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--filter-platform",
            &target,
        ])
        .args(more)
        .current_dir(env::var("CARGO_MANIFEST_DIR")?)
        .output()?;
    if !answer.status.success() {
        return Err(String::from_utf8_lossy(&answer.stderr).into());
    }
    let metadata: serde_json::Value = serde_json::from_slice(&answer.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .ok_or("cargo metadata lists packages")?;
    packages
        .iter()
        .find(|package| package["name"] == "ttspico-sys")
        .and_then(|package| package["manifest_path"].as_str())
        .map(str::to_owned)
        .ok_or_else(|| "ttspico-sys is not among the dependencies".into())
}

/// `[[French prompts], [English prompts]]`, each a `Prompt { … }` for each text of its folder, by id.
///
/// A sentence must be there in both languages; one without sound yet gets empty sound, so that the
/// program that speaks it can be built.
fn prompt_list(out: &Path) -> Result<String, Box<dyn Error>> {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?)
        .join("../../prompts")
        .canonicalize()?;
    let [french, english] = ["fr", "en"].map(|language| ids(&folder.join(language)));
    let (french, english) = (french?, english?);
    if let Some(alone) = french.symmetric_difference(&english).next() {
        return Err(format!(
            "prompts/fr and prompts/en must have the same sentences, and {alone}.txt is in one of them only"
        )
        .into());
    }
    let mut sounds = vec![];
    let mut list = String::from("[\n");
    for (code, language) in [("fr", "French"), ("en", "English")] {
        list.push_str("    &[\n");
        for id in &french {
            let source = |kind| format!("../../prompts/{code}/{id}.{kind}");
            let (text, wav) = (place(HERE, &source("txt")), place(HERE, &source("wav")));
            let sound = folder.join(code).join(format!("{id}.wav"));
            let finished = format!("{code}-{id}.octets");
            let (wav, octets) = if sound.is_file() {
                sounds.push((sound, out.join(&finished)));
                [wav, place(OUT, &finished)]
                    .map(|path| format!("include_bytes!({path})"))
                    .into()
            } else {
                ("&[]".to_owned(), "&[]".to_owned())
            };
            writeln!(
                list,
                "        Prompt {{ id: {id:?}, of: Language::{language}, text: include_str!({text}), octets: {octets}, \
                 #[cfg(test)] wav: {wav} }},"
            )?;
        }
        list.push_str("    ],\n");
    }
    encode(&sounds)?;
    Ok(list + "]\n")
}

/// Writes what the line sends of each WAV into the file beside it: in A-law, in µ-law, in G.722. All cores share the work.
fn encode(sounds: &[(PathBuf, PathBuf)]) -> Result<(), String> {
    let one = |(wav, octets): &(PathBuf, PathBuf)| {
        let name = wav.display();
        let file = fs::read(wav).map_err(|error| format!("{name}: {error}"))?;
        let bands = finish::finish(&file).map_err(|error| format!("{name}: {error}"))?;
        let sent = [
            Codec::Pcma.encode(&bands.phone),
            Codec::Pcmu.encode(&bands.phone),
            Codec::G722.encode(&bands.wide),
        ];
        fs::write(octets, sent.concat()).map_err(|error| format!("{}: {error}", octets.display()))
    };
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let shares = sounds.chunks(sounds.len().div_ceil(cores).max(1));
    thread::scope(|scope| {
        let workers: Vec<_> = shares
            .map(|share| scope.spawn(|| share.iter().try_for_each(one)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// The names of the texts in a folder.
fn ids(folder: &Path) -> Result<BTreeSet<String>, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut ids = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|kind| kind == "txt") {
            let id = path.file_stem().and_then(|stem| stem.to_str());
            ids.insert(id.ok_or("ids are plain text")?.to_owned());
        }
    }
    Ok(ids)
}

/// A path as the list says it: by a variable, because a list of whole paths would be another one in each place, and with it
/// the names of symbols.
fn place(variable: &str, path: &str) -> String {
    format!("concat!(env!({variable:?}), {:?})", format!("/{path}"))
}

const HERE: &str = "CARGO_MANIFEST_DIR";
const OUT: &str = "OUT_DIR";
const OVERRIDE: &str = "PICO_VOICE_DIR";
const VOICE_FILES: [&str; 4] = [
    "fr-FR_ta.bin",
    "fr-FR_nk0_sg.bin",
    "en-GB_ta.bin",
    "en-GB_kh0_sg.bin",
];
