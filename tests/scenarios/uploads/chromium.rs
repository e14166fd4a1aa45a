//! A real browser that records what its (fake) microphone hears, on a page of its own.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::support::chromium;

/// A recording as MediaRecorder gives it: its type and its octets.
pub(super) struct Take {
    pub(super) kind: String,
    pub(super) file: Vec<u8>,
}

/// Lets chromium record `seconds` of a microphone that plays `voice` again and again, once for each of
/// the kinds that it knows.
pub(super) fn record(voice: &Path, kinds: &[&str], seconds: u32) -> Vec<Take> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let page = page(kinds, seconds);
    let address = listener.local_addr().expect("its address");
    let profile = tempfile::tempdir().expect("a temporary folder");
    let _browser = Browser::open(voice, profile.path(), &format!("http://{address}/"));
    let mut takes = Vec::new();
    loop {
        let (mut stream, _) = listener.accept().expect("a connection");
        let Some((path, kind, body)) = read(&mut stream) else {
            continue;
        };
        let answer = if path == "/" { page.as_str() } else { "" };
        answer_with(&mut stream, answer);
        match path.as_str() {
            "/take" => takes.push(Take { kind, file: body }),
            "/done" => return takes,
            "/error" => panic!("the page: {}", String::from_utf8_lossy(&body)),
            _ => {}
        }
    }
}

struct Browser(Child);

impl Browser {
    fn open(voice: &Path, profile: &Path, url: &str) -> Self {
        let child = chromium(profile)
            .args([
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                "--autoplay-policy=no-user-gesture-required",
                "--remote-debugging-port=0",
            ])
            .arg(format!(
                "--use-file-for-fake-audio-capture={}",
                voice.display()
            ))
            .arg(url)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(child.expect("chromium starts"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Path, type and body of a request.
fn read(stream: &mut TcpStream) -> Option<(String, String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut kind, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-type" => value.trim().clone_into(&mut kind),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((path, kind, body))
}

fn answer_with(stream: &mut TcpStream, body: &str) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close";
    // A browser that went away asks again or is noticed by the test.
    let _ = write!(
        stream,
        "{head}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
}

fn page(kinds: &[&str], seconds: u32) -> String {
    format!(
        "<!DOCTYPE html><title>Record</title><script>
        const post = (path, body) => fetch(path, {{ method: 'POST', body }});
        (async () => {{
            const audio = {{ echoCancellation: false, noiseSuppression: false, autoGainControl: false }};
            const stream = await navigator.mediaDevices.getUserMedia({{ audio }});
            for (const mimeType of {kinds:?}) {{
                if (!MediaRecorder.isTypeSupported(mimeType)) continue;
                const recorder = new MediaRecorder(stream, {{ mimeType }});
                const parts = [];
                recorder.ondataavailable = event => parts.push(event.data);
                const stopped = new Promise(done => recorder.onstop = done);
                recorder.start(250);
                await new Promise(done => setTimeout(done, {seconds} * 1000));
                recorder.stop();
                await stopped;
                await post('/take', new Blob(parts, {{ type: recorder.mimeType }}));
            }}
            await post('/done', '');
        }})().catch(error => post('/error', String(error)));
        </script>"
    )
}
