//! A backup as one file that `tar` reads too (ustar, POSIX.1-1988).
//!
//! It is read back as strictly as it was written: each header must be, octet for octet, the one that the manifest makes
//! necessary, and what fills up a block must be zero. So there is nothing in the file whose change goes unseen.

use std::io::{self, Read, Write};

use super::manifest::{MOST_MANIFEST, NAME};

/// Writes files one after the other.
pub(super) struct Writer<W> {
    out: W,
    at: u64,
}

impl<W: Write> Writer<W> {
    /// - `at`: the hour of every file, in seconds since 1970.
    pub(super) fn new(out: W, at: u64) -> Self {
        Self { out, at }
    }

    /// # Errors
    /// Of the file written, of the file read, or of a name that is too long for this form.
    pub(super) fn write(
        &mut self,
        name: &str,
        octets: u64,
        content: &mut impl Read,
    ) -> io::Result<()> {
        let header = header(name, octets, self.at)
            .ok_or_else(|| io::Error::other(format!("the name {name} is too long for a tar")))?;
        self.out.write_all(&header)?;
        let written = io::copy(&mut content.take(octets), &mut self.out)?;
        if written != octets {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.out.write_all(&[0; BLOCK][..padding(octets)])
    }

    /// Ends the file and gives it back.
    pub(super) fn end(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK])?;
        Ok(self.out)
    }
}

/// Reads files back, each of which is known before.
pub(super) struct Reader<R> {
    input: R,
    at: u64,
}

impl<R: Read> Reader<R> {
    /// Reads the manifest, of which nothing is known, and gives its octets.
    pub(super) fn begin(mut input: R) -> Result<(Self, Vec<u8>), Fault> {
        let mut first = [0; BLOCK];
        input.read_exact(&mut first)?;
        let (octets, at) = octal(&first[SIZE])
            .zip(octal(&first[HOUR]))
            .ok_or(Fault::Changed)?;
        if octets > MOST_MANIFEST || Some(first) != header(NAME, octets, at) {
            return Err(Fault::Changed);
        }
        let mut manifest = Vec::new();
        let mut reader = Self { input, at };
        reader.content(octets).read_to_end(&mut manifest)?;
        reader.end_of_file(octets, manifest.len() as u64)?;
        Ok((reader, manifest))
    }

    /// Seconds since 1970 of every file.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Goes to the next file, which must be this one; [`Reader::content`] follows, and [`Reader::end_of_file`].
    pub(super) fn next_file(&mut self, name: &str, octets: u64) -> Result<(), Fault> {
        let mut block = [0; BLOCK];
        self.input.read_exact(&mut block)?;
        match header(name, octets, self.at) {
            Some(wanted) if wanted == block => Ok(()),
            _ => Err(Fault::Changed),
        }
    }

    /// Reads the next file, which must be this one, and is small.
    pub(super) fn read_file(&mut self, name: &str, octets: u64) -> Result<Vec<u8>, Fault> {
        self.next_file(name, octets)?;
        let mut content = Vec::new();
        self.content(octets).read_to_end(&mut content)?;
        self.end_of_file(octets, content.len() as u64)?;
        Ok(content)
    }

    /// The octets of a file.
    pub(super) fn content(&mut self, octets: u64) -> impl Read {
        (&mut self.input).take(octets)
    }

    /// Reads what fills up the last block of a file of which so much was read.
    pub(super) fn end_of_file(&mut self, octets: u64, read: u64) -> Result<(), Fault> {
        if read != octets {
            return Err(Fault::Cut);
        }
        self.zeros(padding(octets))
    }

    /// Whether nothing more follows than should.
    pub(super) fn end(mut self) -> Result<(), Fault> {
        self.zeros(2 * BLOCK)?;
        match self.input.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(Fault::Changed),
        }
    }

    fn zeros(&mut self, octets: usize) -> Result<(), Fault> {
        let mut filling = [0; 2 * BLOCK];
        self.input.read_exact(&mut filling[..octets])?;
        match filling.iter().all(|&octet| octet == 0) {
            true => Ok(()),
            false => Err(Fault::Changed),
        }
    }
}

/// What is wrong with a file of an archive.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// Something else stands there than was written.
    #[error("it is not as it was written")]
    Changed,
    /// It ends too early.
    #[error("it is cut short")]
    Cut,
    /// The system cannot read it.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Cut,
            _ => Self::Unreadable(error),
        }
    }
}

/// The block before a file; `None` for a name that has no place in it.
fn header(name: &str, octets: u64, at: u64) -> Option<[u8; BLOCK]> {
    let (folder, name) = split(name)?;
    let mut block = [0; BLOCK];
    let mut put =
        |place: usize, text: &[u8]| block[place..place + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000600\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(SIZE.start, &size(octets));
    put(
        HOUR.start,
        format!("{:011o}\0", at.min(LARGEST_OCTAL)).as_bytes(),
    );
    put(156, b"0");
    put(257, b"ustar\x0000");
    put(345, folder.as_bytes());
    // The sum is that of a block in which spaces stand in its place.
    put(SUM, b"        ");
    let sum: u32 = block.iter().map(|&octet| u32::from(octet)).sum();
    block[SUM..SUM + 8].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Octal digits; or, of a file of 8 GiB and more, the number itself behind a mark, as GNU tar has it.
fn size(octets: u64) -> [u8; 12] {
    let mut field = [0; 12];
    if octets <= LARGEST_OCTAL {
        field[..11].copy_from_slice(format!("{octets:011o}").as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&octets.to_be_bytes());
    }
    field
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(field.strip_suffix(b"\0")?).ok()?;
    u64::from_str_radix(digits, 8).ok()
}

/// A name of at most 100 octets, and the folder before it of at most 155.
fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    let slashes = path.match_indices('/');
    let parts = slashes.map(|(place, _)| (&path[..place], &path[place + 1..]));
    let mut fitting = parts.filter(|(folder, name)| folder.len() <= 155 && name.len() <= 100);
    fitting.next()
}

fn padding(octets: u64) -> usize {
    let last = octets % BLOCK as u64;
    (BLOCK - usize::try_from(last).unwrap_or(0)) % BLOCK
}

const BLOCK: usize = 512;
const SIZE: std::ops::Range<usize> = 124..136;
const HOUR: std::ops::Range<usize> = 136..148;
const SUM: usize = 148;
/// Eleven digits.
const LARGEST_OCTAL: u64 = 0o77_777_777_777;

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tar_lists_the_files_with_their_lengths_and_takes_them_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backup.tar");
        let long = format!("data/{}/{}", "a".repeat(90), "b".repeat(90));
        let mut writer = Writer::new(std::fs::File::create(&path).unwrap(), 1_764_000_000);
        let files = [
            (NAME, &b"{}"[..]),
            (&*long, &[7; 1_024][..]),
            ("data/empty", &[][..]),
        ];
        for (name, mut content) in files {
            writer
                .write(name, content.len() as u64, &mut content)
                .unwrap();
        }
        writer.end().unwrap();

        let tar = |option: &str| {
            let mut command = Command::new("tar");
            command.arg(option).arg(&path).arg("-C").arg(folder.path());
            command.env("TZ", "UTC").output().unwrap()
        };
        let listed = tar("-tvf");
        let listed = String::from_utf8(listed.stdout).unwrap();
        let lines: Vec<_> = listed.lines().collect();
        assert_eq!(lines.len(), 3, "{listed}");
        assert!(lines[1].starts_with("-rw-------") && lines[1].contains(" 1024 2025-11-24"));
        let taken = tar("-xf");
        assert!(taken.status.success(), "{taken:?}");
        assert_eq!(std::fs::read(folder.path().join(long)).unwrap(), [7; 1_024]);
    }

    #[test]
    fn a_length_of_eight_gigabytes_and_more_has_its_place() {
        assert_eq!(&size(0o1234), b"00000001234\0");
        assert_eq!(&size(LARGEST_OCTAL), b"77777777777\0");
        assert_eq!(size(1 << 33), [0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
        assert_ne!(header("a", 1 << 33, 0), header("a", 1 << 34, 0));
        assert_eq!(header(&"a".repeat(101), 0, 0), None);
    }

    #[test]
    fn the_smallest_change_of_any_octet_is_seen() {
        let whole = written();
        read(&whole).unwrap();
        for place in 0..whole.len() {
            let mut touched = whole.clone();
            touched[place] ^= 1;
            assert!(read(&touched).is_err(), "octet {place}");
        }
    }

    proptest! {
        #[test]
        fn what_is_cut_grown_or_invented_is_refused(
            cut in 0..100_000_usize,
            more in proptest::collection::vec(any::<u8>(), 1..1_000),
        ) {
            let whole = written();
            prop_assert!(read(&whole[..cut % whole.len()]).is_err());
            prop_assert!(read(&[&whole[..], &more].concat()).is_err());
            prop_assert!(read(&more).is_err());
        }

        #[test]
        fn files_of_any_length_come_back(contents in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..1_100), 0..5)) {
            let mut writer = Writer::new(vec![], 7);
            writer.write(NAME, 2, &mut &b"{}"[..]).unwrap();
            for (number, content) in contents.iter().enumerate() {
                writer.write(&number.to_string(), content.len() as u64, &mut &content[..]).unwrap();
            }
            let written = writer.end().unwrap();
            let (mut reader, _) = Reader::begin(&written[..]).unwrap();
            for (number, content) in contents.iter().enumerate() {
                let octets = content.len() as u64;
                let read = reader.read_file(&number.to_string(), octets).unwrap();
                prop_assert_eq!(&read, content);
            }
            reader.end().unwrap();
        }
    }

    /// A manifest of two octets and a file of three.
    fn written() -> Vec<u8> {
        let mut writer = Writer::new(vec![], 1_764_000_000);
        writer.write(NAME, 2, &mut &b"{}"[..]).unwrap();
        writer.write("data/a", 3, &mut &b"abc"[..]).unwrap();
        writer.end().unwrap()
    }

    /// Reads the same, as a backup does: what the content must be and the hour are known elsewhere.
    fn read(octets: &[u8]) -> Result<(), Fault> {
        let (mut reader, manifest) = Reader::begin(octets)?;
        if manifest != b"{}" || reader.at() != 1_764_000_000 {
            return Err(Fault::Changed);
        }
        if reader.read_file("data/a", 3)? != b"abc" {
            return Err(Fault::Changed);
        }
        reader.end()
    }
}
