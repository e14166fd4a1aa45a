//! Any other provider, from its description in the settings: one request for each number, or one for all of them.

use serde_json::Value;

use super::{Format, Order, Provider, Settings, Taken, Template};
use crate::{Answer, Endpoint, Request, Secret, SecretText};

/// A provider known from its description alone.
#[derive(Debug)]
pub(super) struct Gateway {
    server: Endpoint,
    template: Template,
    key: Option<Secret>,
}

impl Gateway {
    pub(super) fn new(settings: &Settings, server: Endpoint) -> Result<Self, String> {
        let template = settings.request.clone();
        let template = template.ok_or("a gateway wants request, with the fields of its body")?;
        let fields = template
            .body
            .as_object()
            .ok_or("the body of request is no table of fields")?;
        let whole = format!(
            "{}{}",
            template.body,
            Value::from_iter(template.headers.clone())
        );
        if !whole.contains(TEXT)
            || ![TO, DIGITS, RECIPIENTS]
                .iter()
                .any(|mark| whole.contains(mark))
        {
            return Err(
                "the body of request needs {text}, and {to}, {digits} or {recipients}".to_owned(),
            );
        }
        if whole.contains(SECRET) && settings.key.is_none() {
            return Err(
                "request has {secret}; say where it is with key = { file = \"PATH\" }".to_owned(),
            );
        }
        if whole.contains(SENDER) && settings.sender.is_none() {
            return Err("request has {sender}; write sender".to_owned());
        }
        let is_flat = fields
            .values()
            .all(|value| !value.is_object() && !value.is_array());
        if template.format == Format::Form && !is_flat {
            return Err(
                "a form has fields of one level; write format = \"json\" for tables and lists"
                    .to_owned(),
            );
        }
        Ok(Self {
            server,
            template,
            key: settings.key.clone(),
        })
    }
}

impl Provider for Gateway {
    fn name(&self) -> &str {
        self.server.host()
    }

    fn at_once(&self) -> usize {
        match self.template.body.to_string().contains(RECIPIENTS) {
            true => 500,
            false => 1,
        }
    }

    fn secrets(
        &self,
        read: fn(&Secret) -> Result<SecretText, String>,
    ) -> Result<Vec<SecretText>, String> {
        self.key.iter().map(read).collect()
    }

    fn request(&self, order: &Order<'_>, secrets: &[SecretText]) -> Request {
        let filling = Filling {
            order,
            secret: secrets.first().map_or("", SecretText::expose),
        };
        let mut request = Request::post(self.server.as_str().to_owned());
        for (name, value) in &self.template.headers {
            request = request.header(name, &filling.text(value));
        }
        let body = filling.value(&self.template.body);
        match (self.template.format, body.as_object()) {
            (Format::Form, Some(fields)) => {
                let fields: Vec<_> = fields
                    .iter()
                    .map(|(name, value)| {
                        (
                            name.as_str(),
                            value
                                .as_str()
                                .map_or_else(|| value.to_string(), str::to_owned),
                        )
                    })
                    .collect();
                request.form(fields.iter().map(|(name, value)| (*name, value.as_str())))
            }
            (Format::Json | Format::Form, _) => request.json(&body),
        }
    }

    fn taken(&self, answer: &Answer) -> Taken {
        match answer.is_success() {
            true => Taken::Yes(String::new()),
            false => Taken::No(answer.said()),
        }
    }

    /// Every request of an unknown provider may send a message.
    fn probe(&self, _: &[SecretText]) -> Option<Request> {
        None
    }
}

/// What takes the places that the description leaves.
struct Filling<'a> {
    order: &'a Order<'a>,
    secret: &'a str,
}

impl Filling<'_> {
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text == RECIPIENTS => Value::from(self.order.to),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(values) => values.iter().map(|value| self.value(value)).collect(),
            Value::Object(fields) => {
                let filled = fields
                    .iter()
                    .map(|(name, value)| (name.clone(), self.value(value)));
                Value::Object(filled.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Fills from left to right, so that a mark within the words is a word.
    fn text(&self, text: &str) -> String {
        let to = self.order.to.first().map_or("", String::as_str);
        let all = self.order.to.join(",");
        let marks = [
            (TO, to),
            (DIGITS, to.trim_start_matches('+')),
            (RECIPIENTS, all.as_str()),
            (TEXT, self.order.text),
            (SENDER, self.order.sender.unwrap_or_default()),
            (ID, self.order.id),
            (SECRET, self.secret),
        ];
        let (mut filled, mut rest) = (String::new(), text);
        while let Some(place) = rest.find('{') {
            filled.push_str(&rest[..place]);
            rest = &rest[place..];
            match marks.iter().find(|(mark, _)| rest.starts_with(mark)) {
                Some((mark, value)) => {
                    filled.push_str(value);
                    rest = &rest[mark.len()..];
                }
                None => {
                    filled.push('{');
                    rest = &rest[1..];
                }
            }
        }
        filled.push_str(rest);
        filled
    }
}

const TO: &str = "{to}";
const DIGITS: &str = "{digits}";
const RECIPIENTS: &str = "{recipients}";
const TEXT: &str = "{text}";
const SENDER: &str = "{sender}";
const ID: &str = "{id}";
const SECRET: &str = "{secret}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_look_like_marks_stay_words() {
        let to = ["+33612345678".to_owned()];
        let order = Order {
            to: &to,
            text: "voir {secret} et {to}",
            sender: Some("ALLO"),
            id: "abc-1",
        };
        let filling = Filling {
            order: &order,
            secret: "hunter2",
        };
        assert_eq!(
            filling.text("{sender}: {text} {digits} {unknown}"),
            "ALLO: voir {secret} et {to} 33612345678 {unknown}"
        );
    }
}
