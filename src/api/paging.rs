//! Pages of a long answer, and where the others are (RFC 8288).

use poem::http::Uri;
use url::form_urlencoded;

/// Which part of the answer is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paging {
    /// The most items; all of them where there is none.
    pub(super) limit: Option<usize>,
    /// Items left out before.
    pub(super) offset: usize,
}

impl Paging {
    /// The part that the parameters ask for.
    pub(super) fn of(limit: Option<u32>, offset: u32) -> Self {
        Self {
            limit: limit.map(|limit| limit as usize),
            offset: offset as usize,
        }
    }

    /// The `Link` header's value for a request to this address of which there is so much in all;
    /// `None` when there is no limit, and so no pages.
    ///
    /// The addresses are relative to the request's, since neither the `Host` that a caller sends nor
    /// the path behind a proxy is something to rely on.
    pub(super) fn links(self, uri: &Uri, total: usize) -> Option<String> {
        let limit = self.limit?;
        let last = total.saturating_sub(1) / limit * limit;
        let previous = self.offset.saturating_sub(limit).min(last);
        let next = self.offset.saturating_add(limit);
        let pages = [
            ("first", Some(0)),
            ("prev", (self.offset > 0).then_some(previous)),
            ("next", (next < total).then_some(next)),
            ("last", Some(last)),
        ];
        let links = pages.into_iter().filter_map(|(relation, offset)| {
            let query = at(uri, limit, offset?);
            Some(format!("<?{query}>; rel=\"{relation}\""))
        });
        Some(links.collect::<Vec<_>>().join(", "))
    }
}

/// The address's query, for another page.
fn at(uri: &Uri, limit: usize, offset: usize) -> String {
    let given = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let kept = given.filter(|(name, _)| name != "limit" && name != "offset");
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("limit", &limit.to_string())
        .append_pair("offset", &offset.to_string())
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The offset of each relation.
    fn offsets(limit: u32, offset: u32, total: usize) -> Vec<(String, String)> {
        let uri = Uri::from_static("/search?name=a%26b&limit=1&offset=2");
        let links = Paging::of(Some(limit), offset).links(&uri, total);
        let links = links.expect("there is a limit");
        let link = |link: &str| {
            let (address, relation) = link.split_once(">; rel=").expect("a relation");
            let page = format!("<?name=a%26b&limit={limit}&offset=");
            let offset = address.strip_prefix(&page).expect("the same query");
            (relation.trim_matches('"').to_owned(), offset.to_owned())
        };
        links.split(", ").map(link).collect()
    }

    #[test]
    fn pages_lie_side_by_side_from_the_first_to_the_last() {
        for (limit, offset, total, expected) in [
            (10, 0, 25, "first=0 next=10 last=20"),
            (10, 10, 25, "first=0 prev=0 next=20 last=20"),
            (10, 20, 25, "first=0 prev=10 last=20"),
            (10, 0, 10, "first=0 last=0"),
            (10, 0, 0, "first=0 last=0"),
            (10, 3, 25, "first=0 prev=0 next=13 last=20"),
            (10, 900, 25, "first=0 prev=20 last=20"),
        ] {
            let offsets = offsets(limit, offset, total).into_iter();
            let given: Vec<_> = offsets
                .map(|(rel, offset)| format!("{rel}={offset}"))
                .collect();
            assert_eq!(given.join(" "), expected, "{limit} {offset} {total}");
        }
    }

    #[test]
    fn without_a_limit_there_are_no_pages() {
        let uri = Uri::from_static("/search");
        assert_eq!(Paging::of(None, 5).links(&uri, 100), None);
    }
}
