//! The documents and the pages that show them.
//!
//! Owns `/openapi.json`, `/openapi.yaml`, `/openapi-3.1.json`, `/docs` and `/redoc`. The framework's
//! pages have styles and scripts inside; here those are files of their own, so that browsers keep them
//! and no script in a page is ever run.

use std::mem;
use std::sync::{Arc, LazyLock};

use hyper::body::Bytes;
use poem::http::HeaderMap;
use poem::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use poem::{Endpoint, Request, Response, Route};
use tokio::sync::OnceCell;
use xxhash_rust::xxh3::xxh3_128;

use super::accept_encoding::wanted;
use super::coding::{CODINGS, Coding, add_vary};
use super::conditional::tag_by;
use super::document::{document, openapi_service, to_json_text, to_yaml_text};
use super::surface::Surface;
use super::version_3_1::in_3_1;
use crate::aside::aside;

/// Redoc's page asks for fonts elsewhere; no request of ours leaves the caller's machine.
const OUTSIDE_FONTS: &str = r#"<link href="https://fonts.googleapis.com/css?family=Montserrat:300,400,700|Roboto:300,400,700" rel="stylesheet">"#;

/// What pages may do: run our scripts and ask us. Both viewers set styles from scripts, and Redoc
/// searches in a worker of its own making.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
    'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
    worker-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// For files whose address changes with them.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For everything else: to be asked for again, which costs nothing when it is the same.
const ASK_AGAIN: &str = "no-cache";

/// A page and the files that were inside it.
const PARTS: [(&str, &str, &str); 4] = [
    ("", "text/html; charset=utf-8", ASK_AGAIN),
    (
        concat!("/", env!("CARGO_PKG_VERSION"), "/style.css"),
        "text/css; charset=utf-8",
        FOR_EVER,
    ),
    (
        concat!("/", env!("CARGO_PKG_VERSION"), "/viewer.js"),
        "text/javascript; charset=utf-8",
        FOR_EVER,
    ),
    ("/start.js", "text/javascript; charset=utf-8", ASK_AGAIN),
];

/// The paths, which are no operations of the document.
pub(super) fn pages() -> Vec<String> {
    let documents = ["/openapi.json", "/openapi.yaml", "/openapi-3.1.json"].map(str::to_owned);
    let viewers = ["/docs", "/redoc"].into_iter();
    let parts = viewers.flat_map(|viewer| PARTS.map(|(name, ..)| format!("{viewer}{name}")));
    documents.into_iter().chain(parts).collect()
}

/// Adds the documents and their pages to the routes. Each is made when it is first asked for: most
/// processes never show them, and they are larger than everything else they hold.
pub(super) fn routes(route: Route, surface: Surface) -> Route {
    let shown = move || surface.of(document());
    let json = move || to_json_text(&shown());
    let yaml = move || to_yaml_text(&shown());
    let json_3_1 = move || to_json_text(&in_3_1(&shown()));
    let route = route
        .at("/openapi.json", text("application/json", json))
        .at("/openapi.yaml", text("application/yaml", yaml))
        .at("/openapi-3.1.json", text("application/json", json_3_1));
    let route = viewer(route, "/docs", move || swagger_ui(&json()));
    viewer(route, "/redoc", move || redoc(&json()))
}

/// A document as a file.
fn text(
    content_type: &'static str,
    make: impl Fn() -> String + Send + Sync,
) -> File<impl Fn() -> Bytes + Send + Sync> {
    File::new(content_type, ASK_AGAIN, move || Bytes::from(make()))
}

/// Adds a page and its files, which are made together.
fn viewer(
    route: Route,
    path: &'static str,
    make: impl FnOnce() -> String + Send + 'static,
) -> Route {
    let parts = Arc::new(LazyLock::new(move || taken_apart(&make(), path)));
    PARTS
        .into_iter()
        .enumerate()
        .fold(route, |route, (place, (name, media_type, caching))| {
            let parts = Arc::clone(&parts);
            let file = File::new(media_type, caching, move || parts[place].clone());
            route.at(format!("{path}{name}"), file)
        })
}

/// The page, its style, its viewer and the script that starts it.
fn taken_apart(page: &str, path: &str) -> [Bytes; 4] {
    let folder = path.trim_start_matches('/');
    let [_, (style, ..), (viewer, ..), (start, ..)] = PARTS;
    let link = format!("<link rel=\"stylesheet\" href=\"{folder}{style}\">");
    let script = |name: &str| format!("<script src=\"{folder}{name}\"></script>");
    let mut rest = page;
    let mut shell = String::new();
    // The elements stand in this order in both pages; a test sees it if that should change.
    let parts = [
        ("style", link),
        ("script", script(viewer)),
        ("script", script(start)),
    ]
    .map(|(element, instead)| {
        let Some((before, content, after)) = element_of(rest, element) else {
            return Bytes::new();
        };
        shell.push_str(before);
        shell.push_str(&instead);
        rest = after;
        Bytes::from(content.to_owned())
    });
    shell.push_str(rest);
    let [style, viewer, start] = parts;
    [Bytes::from(shell), style, viewer, start]
}

/// What stands before, in and behind the first element of a kind.
fn element_of<'a>(html: &'a str, element: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, opened) = html.split_once(&format!("<{element}"))?;
    let (_attributes, opened) = opened.split_once('>')?;
    let (content, after) = opened.split_once(&format!("</{element}>"))?;
    Some((before, content, after))
}

fn swagger_ui(document: &str) -> String {
    let service = openapi_service();
    with_document(&service.swagger_ui_html(), &service.spec(), document)
}

fn redoc(document: &str) -> String {
    let service = openapi_service();
    with_document(&service.redoc_html(), &service.spec(), document).replace(OUTSIDE_FONTS, "")
}

/// The framework's page with our document in place of the derived one, and our name.
fn with_document(page: &str, derived: &str, document: &str) -> String {
    // `<` would let a description end the script element that the page has the document in.
    page.replace(derived, &document.replace('<', "\\u003c"))
        .replacen("<title>Swagger UI<", "<title>Universities<", 1)
        .replacen("<title>Redoc<", "<title>Universities<", 1)
}

/// A file that does not change, each of whose forms is made once.
struct File<F> {
    content_type: &'static str,
    caching: &'static str,
    bytes: F,
    plain: OnceCell<Form>,
    coded: [OnceCell<Form>; CODINGS.len()],
}

/// The file as it is sent, coded or not.
struct Form {
    headers: HeaderMap,
    bytes: Bytes,
}

impl<F: Fn() -> Bytes + Send + Sync> File<F> {
    fn new(content_type: &'static str, caching: &'static str, bytes: F) -> Self {
        Self {
            content_type,
            caching,
            bytes,
            plain: OnceCell::new(),
            coded: Default::default(),
        }
    }

    /// The file in this coding, or as it is.
    async fn form(&self, coding: Option<Coding>) -> poem::Result<Form> {
        let bytes = (self.bytes)();
        let mut response = Response::builder()
            .content_type(self.content_type)
            .header(CACHE_CONTROL, self.caching)
            .header(CONTENT_SECURITY_POLICY, PAGE_POLICY)
            .finish();
        let headers = response.headers_mut();
        tag_by(xxh3_128(&bytes), headers);
        add_vary(headers, "Accept-Encoding");
        let bytes = if let Some(coding) = coding {
            coding.announce(headers);
            aside(move || coding.whole(bytes.into())).await?
        } else {
            bytes
        };
        let headers = mem::take(headers);
        Ok(Form { headers, bytes })
    }
}

impl<F: Fn() -> Bytes + Send + Sync> Endpoint for File<F> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let coding = wanted(request.headers());
        let coded = CODINGS.iter().zip(&self.coded);
        let mut coded = coded.filter(|(known, _)| coding.is_some_and(|it| it.name == known.name));
        let form = coded.next().map_or(&self.plain, |(_, form)| form);
        let form = form.get_or_try_init(|| self.form(coding)).await?;
        let mut response = Response::from(form.bytes.clone());
        *response.headers_mut() = form.headers.clone();
        Ok(response)
    }
}
