//! The guard: what the document promises is what gets in.
//!
//! Owns the table of paths, methods and query parameters, read from the OpenAPI document, and
//! refuses every request that does not fit it before a handler sees it. The framework ignores
//! unknown parameters, takes the first of repeated ones, turns broken UTF-8 into question marks
//! and answers a wrong method without `Allow`; reading all of that off the document means that
//! a new operation is guarded as soon as it is documented.

use std::collections::BTreeMap;
use std::sync::Arc;

use poem::http::header::ALLOW;
use poem::http::uri::{PathAndQuery, Uri};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, IntoResponse, Request, Response};
use serde_json::Value;

use super::metrics::Matched;
use super::parameter::{Parameter, Values};
use super::problem::{Problem, ProblemType, method_not_allowed, response_of};
use super::refusal::{LONGEST_SHOWN, similar};
use super::{media, message, query};

/// The method that every path answers by saying which it answers.
const OPTIONS: &str = "OPTIONS";

/// Where every problem type has an address.
const PROBLEMS: &str = "/problems/";

/// The paths of the service.
#[derive(Debug, Default)]
pub(crate) struct Routes(BTreeMap<String, Route>);

/// What one path answers.
#[derive(Debug, Clone)]
struct Route {
    /// By upper-case method, `HEAD` wherever `GET` is.
    operations: BTreeMap<String, Operation>,
    /// Where the path is really served.
    served_at: String,
}

/// What one method of a path takes.
#[derive(Debug, Clone, Default)]
struct Operation {
    /// Where it stands in the document; `None` for a page.
    matched: Option<Matched>,
    /// The query parameters; `None` where the query is not looked at.
    parameters: Option<Vec<Parameter>>,
    /// The media type of the body, where there must be one.
    media_type: Option<String>,
    /// The media types of good answers; none where what is accepted is not looked at.
    answers: Vec<String>,
}

/// An endpoint that only requests which fit the table get to.
#[derive(Debug)]
pub(crate) struct Guard<E> {
    routes: Routes,
    inner: E,
}

impl Routes {
    /// Reads the table off an OpenAPI document.
    pub(super) fn of(document: &Value) -> Self {
        let mut routes = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let operations = item.as_object().into_iter().flatten();
            let operations = operations.map(|(method, operation)| {
                (
                    method.to_uppercase(),
                    Operation::of(path, operation, document),
                )
            });
            let operations: BTreeMap<_, _> = operations.collect();
            for address in addresses(path, item, document) {
                let route = Route {
                    operations: operations.clone(),
                    served_at: address.clone(),
                };
                routes.insert(address, route.with_head());
            }
        }
        Self(routes)
    }

    /// Adds a page that is no operation: it answers `GET`, whatever its query.
    pub(crate) fn page(mut self, path: &str) -> Self {
        let route = Route {
            operations: BTreeMap::from([("GET".to_owned(), Operation::default())]),
            served_at: path.to_owned(),
        };
        self.0.insert(path.to_owned(), route.with_head());
        self
    }

    /// Serves a documented path at another one, and answers there too.
    pub(super) fn served_at(mut self, path: &str, served_at: &str) -> Self {
        if let Some(mut route) = self.0.remove(path) {
            served_at.clone_into(&mut route.served_at);
            self.0.insert(served_at.to_owned(), route.clone());
            self.0.insert(path.to_owned(), route);
        }
        self
    }

    /// Puts the table in front of an endpoint.
    pub(crate) fn guard<E>(self, inner: E) -> Guard<E> {
        Guard {
            routes: self,
            inner,
        }
    }

    fn check(&self, request: &Request) -> Result<&Route, Response> {
        message::check(message::Head::from(request)).map_err(IntoResponse::into_response)?;
        let path = request.uri().path();
        // The service as a whole (RFC 9110 §9.3.7).
        if path == "*" && request.method() == OPTIONS {
            return Err(no_content("GET, HEAD, POST, OPTIONS"));
        }
        let Some(route) = self.0.get(path) else {
            return Err(self.unknown(path).into_response());
        };
        let method = request.method().as_str();
        let Some(operation) = route.operations.get(method) else {
            let mut allowed: Vec<_> = route.operations.keys().map(String::as_str).collect();
            allowed.push(OPTIONS);
            let allowed = allowed.join(", ");
            return Err(if method == OPTIONS {
                no_content(&allowed)
            } else {
                method_not_allowed(method, path, &allowed)
            });
        };
        if let Some(parameters) = &operation.parameters {
            let query = request.uri().query().unwrap_or_default();
            query::check(query, parameters).map_err(IntoResponse::into_response)?;
        }
        if let Some(accepted) = &operation.media_type {
            media::check_sent(request, accepted)?;
        }
        media::check_accepted(request.headers(), &operation.answers)
            .map_err(IntoResponse::into_response)?;
        Ok(route)
    }

    /// The operation that a request is for, whether or not it fits.
    fn operation(&self, request: &Request) -> Option<Matched> {
        let route = self.0.get(request.uri().path())?;
        let operation = route.operations.get(request.method().as_str())?;
        operation.matched.clone()
    }

    /// The paths, those of one folder of many only once.
    fn paths(&self) -> String {
        let mut paths: Vec<_> = self.0.keys().map(|path| folder(path)).collect();
        paths.dedup();
        paths.join(", ")
    }

    fn unknown(&self, path: &str) -> Problem {
        let shown: String = path.chars().take(LONGEST_SHOWN).collect();
        let similar = similar(path, self.0.keys().map(String::as_str));
        Problem {
            suggestions: Some(similar),
            ..ProblemType::UnknownRoute
                .problem(format!("nothing is at {shown}; there is: {}", self.paths()))
        }
    }
}

/// The path as it is listed.
fn folder(path: &str) -> &str {
    match path.strip_prefix(PROBLEMS) {
        Some(_) => PROBLEMS,
        None => path,
    }
}

/// The addresses of a path: itself, or one for each word that its parameter may be. Better no start
/// than a path whose addresses are not known; the document's test sees it first.
fn addresses(path: &str, item: &Value, document: &Value) -> Vec<String> {
    if !path.contains('{') {
        return vec![path.to_owned()];
    }
    let parameters = item["get"]["parameters"].as_array().into_iter().flatten();
    let mut in_path = parameters.filter(|parameter| parameter["in"] == "path");
    let parameter = in_path.next().map(|p| Parameter::of(p, document));
    match parameter.map(|parameter| (parameter.name, parameter.values)) {
        Some((name, Values::Word(words))) => {
            let place = format!("{{{name}}}");
            words
                .iter()
                .map(|word| path.replace(&place, word))
                .collect()
        }
        _ => panic!("no addresses for paths like {path}"),
    }
}

impl Route {
    fn with_head(mut self) -> Self {
        if let Some(get) = self.operations.get("GET") {
            self.operations.insert("HEAD".to_owned(), get.clone());
        }
        self
    }
}

impl Operation {
    fn of(path: &str, operation: &Value, document: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let in_query = parameters.filter(|parameter| parameter["in"] == "query");
        let known = in_query.map(|parameter| Parameter::of(parameter, document));
        let media_types = operation["requestBody"]["content"].as_object();
        let answers = operation["responses"]["200"]["content"].as_object();
        let answers = answers.into_iter().flat_map(|types| types.keys().cloned());
        let matched = operation["operationId"].as_str().map(|id| Matched {
            id: Arc::new(id.to_owned()),
            path: path.into(),
        });
        Self {
            matched,
            answers: answers.collect(),
            parameters: Some(known.collect()),
            media_type: media_types.and_then(|types| types.keys().next().cloned()),
        }
    }
}

impl<E: Endpoint> Endpoint for Guard<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let operation = self.routes.operation(&request);
        let mut response = self.answer(request).await;
        if let Some(operation) = operation {
            response.extensions_mut().insert(operation);
        }
        Ok(response)
    }
}

impl<E: Endpoint> Guard<E> {
    async fn answer(&self, mut request: Request) -> Response {
        let served_at = match self.routes.check(&request) {
            Ok(route) => &route.served_at,
            Err(refusal) => return refusal,
        };
        if request.uri().path() != served_at
            && let Some(uri) = at(request.uri(), served_at)
        {
            *request.uri_mut() = uri;
        }
        // What a HEAD is answered with is known by answering the GET; the edge leaves the body out.
        if *request.method() == Method::HEAD {
            request.set_method(Method::GET);
        }
        // What went wrong is an answer from here on, so that everything around sees one.
        match self.inner.call(request).await {
            Ok(response) => response.into_response(),
            Err(error) => response_of(error),
        }
    }
}

/// What a path allows (RFC 9110 §9.3.7).
fn no_content(allowed: &str) -> Response {
    let response = Response::builder().status(StatusCode::NO_CONTENT);
    response.header(ALLOW, allowed).finish()
}

/// The same address at another path.
fn at(uri: &Uri, path: &str) -> Option<Uri> {
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")).ok()?,
        None => PathAndQuery::try_from(path).ok()?,
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).ok()
}
