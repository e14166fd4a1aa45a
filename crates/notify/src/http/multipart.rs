//! A form with a file in it (RFC 7578).

use sha2::{Digest, Sha256};

/// The media type with its boundary, and the body: the fields, then the file.
///
/// Names and file name are ours and need no escapes; the boundary is a mark of the content, so that it is not in it.
pub(crate) fn encoded(
    fields: &[(&str, &str)],
    name: &str,
    file_name: &str,
    media_type: &str,
    file: &[u8],
) -> (String, Vec<u8>) {
    let mark = Sha256::digest(file);
    let mark: String = mark
        .iter()
        .take(12)
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let boundary = format!("allo-{mark}");
    let mut body = Vec::with_capacity(file.len() + 1000);
    for (field, value) in fields {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(value.as_bytes());
        body.extend_from_slice(b"\r\n");
    }
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\nContent-Type: {media_type}\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}
