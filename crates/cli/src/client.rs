//! Calls to /v1.

use crate::{
    context::Access,
    failure::{Failure, Kind},
};
use api::{page::Page, problem::Problem};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt::Write, thread, time::Duration};
use ureq::{Agent, http::Response};

/// Longest wait for an answer: the Worker answers within 25 s.
const ANSWER: Duration = Duration::from_secs(40);
/// Largest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Longest `Retry-After` that is waited for, in seconds; a longer one is a failure.
const RETRY_SECONDS_MAX: i64 = 20;
/// How often a question is asked again.
const RETRIES_MAX: u32 = 3;
/// Items of one page.
const PAGE: usize = 200;

/// A deployment.
pub struct Client {
    agent: Agent,
    access: Access,
}

/// Names and values of a query; those without a value are left out.
pub type Query<'a> = &'a [(&'a str, Option<String>)];

impl Client {
    pub fn new(access: Access) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(ANSWER))
            .max_redirects(0)
            .user_agent(concat!("apishopee/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: agent.into(), access }
    }

    /// GET; asked again after a `Retry-After` that is not long.
    pub fn get<T: DeserializeOwned>(&self, path: &str, query: Query<'_>) -> Result<T, Failure> {
        let address = format!("{}{path}{}", self.access.url, encoded(query));
        let mut retries = 0;
        loop {
            let answer = self.agent.get(&address).header("authorization", self.bearer()).call();
            match read(answer) {
                Err(Refusal::Problem(problem))
                    if retries < RETRIES_MAX
                        && problem.retry_after.is_some_and(|seconds| seconds <= RETRY_SECONDS_MAX) =>
                {
                    retries += 1;
                    let seconds = problem.retry_after.and_then(|seconds| u64::try_from(seconds).ok());
                    thread::sleep(Duration::from_secs(seconds.unwrap_or_default().max(1)));
                }
                answer => return answer.map_err(Failure::from),
            }
        }
    }

    /// Up to `limit` items of a list, page by page.
    pub fn list(&self, path: &str, query: Query<'_>, limit: usize) -> Result<Vec<Value>, Failure> {
        let (mut items, mut cursor) = (Vec::new(), None::<String>);
        while items.len() < limit {
            let size = (limit - items.len()).min(PAGE).to_string();
            let page_of = [("limit", Some(size)), ("cursor", cursor.clone())];
            let page: Page<Value> = self.get(path, &[query, &page_of].concat())?;
            items.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        items.truncate(limit);
        Ok(items)
    }

    /// POST. It is not repeated: what it asks for may have been done.
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request = self.agent.post(format!("{}{path}", self.access.url));
        let request = request.header("authorization", self.bearer());
        Ok(read(request.send_json(body))?)
    }

    /// POST with a body of another type.
    pub fn post_text<T: DeserializeOwned>(&self, path: &str, kind: &str, body: &str) -> Result<T, Failure> {
        let request = self.agent.post(format!("{}{path}", self.access.url));
        let request = request.header("authorization", self.bearer()).content_type(kind);
        Ok(read(request.send(body))?)
    }

    /// PATCH.
    pub fn patch<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request = self.agent.patch(format!("{}{path}", self.access.url));
        Ok(read(request.header("authorization", self.bearer()).send_json(body))?)
    }

    /// DELETE.
    pub fn delete<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T, Failure> {
        let request = self.agent.delete(format!("{}{path}", self.access.url)).force_send_body();
        Ok(read(request.header("authorization", self.bearer()).send_json(body))?)
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.access.token)
    }
}

fn encoded(query: Query<'_>) -> String {
    let mut text = String::new();
    for (name, value) in query {
        let Some(value) = value else { continue };
        let _ = write!(text, "{}{name}={}", if text.is_empty() { '?' } else { '&' }, part(value));
    }
    text
}

/// A text as one part of an address: what somebody has typed never makes another address of it.
pub fn part(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' => encoded.push(char::from(byte)),
            _ => {
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

enum Refusal {
    Problem(Box<Problem>),
    Other(Failure),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Problem(problem) => Self::of(&problem),
            Refusal::Other(failure) => failure,
        }
    }
}

fn read<T: DeserializeOwned>(answer: Result<Response<ureq::Body>, ureq::Error>) -> Result<T, Refusal> {
    let away = |error: ureq::Error| {
        let failure = Failure::new(Kind::Unreachable, format!("no answer: {error}"));
        Refusal::Other(failure.advised("is the address right, and the network there? apishopee context list"))
    };
    let mut answer = answer.map_err(away)?;
    let status = answer.status().as_u16();
    let text = answer.body_mut().with_config().limit(ANSWER_BYTES_MAX).read_to_string().map_err(away)?;
    if (200..300).contains(&status) {
        return serde_json::from_str(&text).map_err(|error| {
            let message = format!("the answer is not what this release reads: {error}");
            let advice = "is the address that of an apishopee deployment, and this command as new as it is?";
            Refusal::Other(Failure::new(Kind::Unreachable, message).advised(advice))
        });
    }
    match serde_json::from_str(&text) {
        Ok(problem) => Err(Refusal::Problem(Box::new(problem))),
        Err(_) => {
            let message = format!("the answer is {status}, and not from an apishopee deployment");
            Err(Refusal::Other(Failure::new(Kind::Unreachable, message)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_has_what_is_given_and_is_encoded() {
        let query =
            [("search", Some("a b&c=ữ".to_owned())), ("cursor", None), ("limit", Some("5".to_owned()))];
        assert_eq!(encoded(&query), "?search=a%20b%26c%3D%E1%BB%AF&limit=5");
        assert_eq!(encoded(&[("cursor", None)]), "");
    }

    #[test]
    fn an_id_stays_one_part_of_its_address() {
        assert_eq!(part("532963124-7"), "532963124-7");
        assert_eq!(part("../shops/5/reset?x="), "%2E%2E%2Fshops%2F5%2Freset%3Fx%3D");
    }
}
