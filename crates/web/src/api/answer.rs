//! What a site gets back for a post: where its bulletin stands and where to follow it.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bulletin::{Bulletin, Draft, Language, Territory, warnings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::rfc3339;

/// The body of every 201.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    id: String,
    state: String,
    url: String,
    speech: String,
    expires_at: String,
    warnings: Vec<Remark>,
}

impl Answer {
    /// - `public_url`: before the path of the bulletin's page.
    pub(crate) fn new(
        bulletin: &Bulletin,
        territory: &Territory,
        public_url: &str,
        now: Timestamp,
    ) -> Self {
        Self {
            id: bulletin.id.to_string(),
            state: bulletin.state(now).as_str().to_owned(),
            url: page_url(bulletin, public_url),
            speech: "queued".to_owned(),
            expires_at: rfc3339(bulletin.expires_at, &territory.zone),
            warnings: vec![],
        }
    }

    /// The bulletin that was posted or added to.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Adds what the site should read twice.
    pub(crate) fn with_remarks(self, warnings: Vec<Remark>) -> Self {
        Self { warnings, ..self }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let location = HeaderValue::from_str(&format!("/api/v1/bulletins/{}", self.id));
        let mut response = (StatusCode::CREATED, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Ok(location) = location {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

/// A warning in both languages, shaped like the details of a problem.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remark {
    detail: String,
    detail_en: String,
}

impl Remark {
    pub(crate) fn new(french: &str, english: &str) -> Self {
        Self {
            detail: french.to_owned(),
            detail_en: english.to_owned(),
        }
    }

    /// The remark in one language.
    pub(crate) fn said(&self, language: Language) -> String {
        match language {
            Language::French => self.detail.clone(),
            Language::English => self.detail_en.clone(),
        }
    }

    /// What `bulletin` remarks about a draft.
    pub(crate) fn about(draft: &Draft) -> Vec<Self> {
        let remark =
            |warning: &bulletin::Warning| Self::new(&warning.as_french(), &warning.as_english());
        warnings(draft).iter().map(remark).collect()
    }
}

/// The bulletin's page for people.
pub(crate) fn page_url(bulletin: &Bulletin, public_url: &str) -> String {
    format!("{public_url}/{}/{}", bulletin.territory, bulletin.id)
}
