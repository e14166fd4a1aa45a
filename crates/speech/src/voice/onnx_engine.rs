//! onnxruntime itself. Only the helper process of a Piper voice gets here.
//!
//! A library of somebody else's loads a file of somebody else's, so it happens in a process of its
//! own that lives for one text: limited in processor time and memory, unable to write a file, with
//! nothing in its environment. What it cannot do, it says on standard error and by its exit.

use std::error::Error;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;

use super::answer;
use crate::cage::Cage;

/// The whole life of the helper process: reads standard input, writes sound, ends.
///
/// Call it first thing in `main`, before any thread or runtime exists.
pub fn onnx_helper_main() -> ExitCode {
    let outcome = CAGE
        .enter()
        .map_err(Into::into)
        .and_then(|()| speak(io::stdin().lock(), io::stdout().lock()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "onnx helper: {error}");
            ExitCode::FAILURE
        }
    }
}

fn speak(input: impl Read, mut output: impl Write) -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    input.take(MOST_TEXT).read_to_string(&mut text)?;
    let request = Request::parse(&text).ok_or("the request cannot be read")?;
    // Exactly one of it may exist, and what is loaded stays until the process ends.
    let environment = ort::init_from(request.library)?
        .with_telemetry(false)
        .build()?;
    let mut engine = Engine::open(&environment, &request)?;
    let mut sound = Vec::new();
    for (place, ids) in request.sentences.iter().enumerate() {
        if place > 0 {
            let pause = request.sample_rate / 2;
            sound.resize(sound.len() + usize::try_from(pause)?, 0.0);
        }
        engine.run(ids, &request, &mut sound)?;
    }
    output.write_all(&answer::header(request.sample_rate))?;
    for sample in samples(&sound) {
        output.write_all(&sample.to_le_bytes())?;
    }
    output.flush()?;
    Ok(())
}

/// A model that is loaded.
struct Engine {
    session: Session,
}

impl Engine {
    /// One thread: the service beside this has calls to carry.
    fn open(environment: &Environment, request: &Request) -> Result<Self, Box<dyn Error>> {
        let session = Session::builder(environment)?
            .with_intra_threads(1)
            .map_err(|error| error.to_string())?
            .commit_from_file(request.model)?;
        Ok(Self { session })
    }

    /// Piper's signature: numbers, how many, three scales, and the speaker where there are several.
    fn run(
        &mut self,
        ids: &[i64],
        request: &Request,
        sound: &mut Vec<f32>,
    ) -> Result<(), Box<dyn Error>> {
        let count = i64::try_from(ids.len())?;
        let mut inputs = ort::inputs![
            "input" => Tensor::from_array(([1, ids.len()], ids.to_vec()))?,
            "input_lengths" => Tensor::from_array(([1_usize], vec![count]))?,
            "scales" => Tensor::from_array(([3_usize], request.scales.to_vec()))?,
        ];
        if let Some(speaker) = request.speaker {
            let speaker = Tensor::from_array(([1_usize], vec![speaker]))?;
            inputs.push(("sid".into(), speaker.into()));
        }
        let outputs = self.session.run(inputs)?;
        let output = outputs
            .get("output")
            .ok_or("the model has no output named output")?;
        let (_, samples) = output.try_extract_tensor::<f32>()?;
        sound.extend_from_slice(samples);
        Ok(())
    }
}

/// What the program asks for; see `super::onnx`.
struct Request<'a> {
    library: &'a str,
    model: &'a str,
    sample_rate: u32,
    scales: [f32; 3],
    speaker: Option<i64>,
    sentences: Vec<Vec<i64>>,
}

impl<'a> Request<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.lines();
        let (library, model) = (lines.next()?, lines.next()?);
        let sample_rate = lines.next()?.parse().ok()?;
        let scales: Vec<f32> = numbers(lines.next()?)?;
        let speaker = match lines.next()? {
            "" => None,
            speaker => Some(speaker.parse().ok()?),
        };
        let sentences: Vec<_> = lines.map(numbers).collect::<Option<_>>()?;
        (!sentences.is_empty()).then_some(Self {
            library,
            model,
            sample_rate,
            scales: scales.try_into().ok()?,
            speaker,
            sentences,
        })
    }
}

fn numbers<N: std::str::FromStr>(line: &str) -> Option<Vec<N>> {
    line.split(' ').map(|one| one.parse().ok()).collect()
}

/// 16 bits with the loudest at three quarters of full scale, as the level is set later anyway. A
/// sound that is nearly nothing stays so, and is refused later.
fn samples(sound: &[f32]) -> impl Iterator<Item = i16> {
    let loudest = sound.iter().fold(0.01_f32, |most, x| most.max(x.abs()));
    let unit = sound.iter().map(move |x| f64::from(x / loudest) * 0.75);
    crate::Pcm::from_unit(&unit.collect::<Vec<_>>(), 1)
        .samples
        .into_iter()
}

/// A text at the length limit has some 3,000 numbers.
const MOST_TEXT: u64 = 256 * 1024;
/// Models of Piper's largest size stay under 1 GB.
const CAGE: Cage = Cage {
    cpu_seconds: 30,
    address_space: 4 << 30,
    open_files: 64,
    niceness: 5,
};

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str =
        "/lib/libonnxruntime.so\n/voice.onnx\n22050\n0.667 1.1 0.8\n\n1 0 14 0 2\n1 0 2\n";

    #[test]
    fn a_request_is_read_line_by_line() {
        let request = Request::parse(REQUEST).unwrap();
        assert_eq!(request.library, "/lib/libonnxruntime.so");
        assert_eq!(request.model, "/voice.onnx");
        assert_eq!(request.sentences, [vec![1, 0, 14, 0, 2], vec![1, 0, 2]]);
        assert_eq!(request.speaker, None);
        let several = REQUEST.replace("\n\n", "\n4\n");
        assert_eq!(Request::parse(&several).unwrap().speaker, Some(4));
    }

    #[test]
    fn half_a_request_is_none() {
        for lines in 0..5 {
            let half: Vec<_> = REQUEST.lines().take(lines).collect();
            assert!(Request::parse(&half.join("\n")).is_none(), "{lines} lines");
        }
        assert!(Request::parse(&REQUEST.replace("14", "x")).is_none());
        assert!(Request::parse(&REQUEST.replace("0.8", "")).is_none());
    }

    #[test]
    fn the_loudest_sample_is_at_three_quarters_and_silence_stays_silent() {
        assert_eq!(
            samples(&[0.0, 0.5, -0.25]).collect::<Vec<_>>(),
            [0, 24_576, -12_288]
        );
        assert_eq!(samples(&[0.0; 3]).collect::<Vec<_>>(), [0; 3]);
    }
}
