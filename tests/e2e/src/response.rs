//! Requests to the Worker and what it answers.

use crate::World;
use anyhow::{Context, Result, ensure};
use reqwest::{Method, RequestBuilder, header::HeaderMap};
use serde_json::Value;
use std::fmt;

/// A request, from an operator unless another token is given.
pub struct Request {
    builder: RequestBuilder,
    token: String,
    /// What an error message calls it.
    named: String,
}

impl Request {
    pub(crate) fn new(world: &World, method: Method, path: &str) -> Self {
        let worker = &world.stack.worker;
        Self {
            named: format!("{method} {path}"),
            builder: worker.http.request(method, format!("{}{path}", worker.url)),
            token: world.stack.secrets.operator_token.clone(),
        }
    }

    /// Sends it with another token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Self {
        Self { builder: self.builder.header(name, value), ..self }
    }

    /// Gives it a body of JSON.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        Self { builder: self.builder.json(body), named: format!("{} {body}", self.named), ..self }
    }

    /// Gives it a body of any text.
    #[must_use]
    pub fn text(self, body: String) -> Self {
        Self { builder: self.builder.body(body), ..self }
    }

    /// Sends it.
    ///
    /// # Errors
    /// There is no answer, or it is not JSON.
    pub async fn send(self) -> Result<Response> {
        let answer =
            self.builder.bearer_auth(&self.token).send().await.context("the Worker does not answer")?;
        Response::read(self.named, answer).await
    }
}

/// A header's text; empty if it is missing.
#[must_use]
pub fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// An answer of the Worker, whose body is JSON.
#[derive(Debug)]
pub struct Response {
    request: String,
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    headers: HeaderMap,
}

impl Response {
    /// Reads an answer; `request` names what was asked.
    ///
    /// # Errors
    /// The body is not JSON.
    pub async fn read(request: String, answer: reqwest::Response) -> Result<Self> {
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).with_context(|| format!("{request}: {status} {text}"))?;
        Ok(Self { request, status, body, headers })
    }

    /// A header; empty if it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        header(&self.headers, name)
    }

    /// The body of an answer with this status.
    ///
    /// # Errors
    /// The status is another.
    pub fn expect(self, status: u16) -> Result<Value> {
        ensure!(self.status == status, "{self}; expected {status}");
        Ok(self.body)
    }

    /// The body of a problem with this status and this code.
    ///
    /// # Errors
    /// The answer is something else.
    pub fn refused(self, status: u16, code: &str) -> Result<Value> {
        ensure!(self.status == status && self.body["code"] == code, "{self}; expected {status} {code}");
        Ok(self.body)
    }

    /// The body of a problem with this status that names this field.
    ///
    /// # Errors
    /// The answer is something else.
    pub fn refused_field(self, status: u16, field: &str) -> Result<Value> {
        let is_refused = self.status == status && self.body["field"] == field;
        ensure!(is_refused, "{self}; expected {status} for the field {field}");
        Ok(self.body)
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.request, self.status, self.body)
    }
}
