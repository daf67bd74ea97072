//! What an answer says of its moment: to which request it is, and how long that took.

use std::time::Duration;

use poem::http::{HeaderMap, HeaderName, HeaderValue};

use super::request_id;

/// How long the request took, in the article's format: `0.5812 sec`.
pub(super) const PROCESS_TIME: &str = "X-Process-Time";

/// How long its parts took (W3C Server Timing).
pub(super) const SERVER_TIMING: &str = "Server-Timing";

/// The two above, as they are looked for.
static TIME_NAME: HeaderName = HeaderName::from_static("x-process-time");
static TIMING_NAME: HeaderName = HeaderName::from_static("server-timing");

/// What took less took no time, as times are told.
const NO_TIME: Duration = Duration::from_micros(50);

/// Says to which request it is the answer, and how long it took.
pub(super) fn stamp(headers: &mut HeaderMap, id: HeaderValue, took: Duration) {
    headers.insert(request_id::NAME.clone(), id);
    headers.insert(TIME_NAME.clone(), process_time(took));
    if let Ok(total) = HeaderValue::try_from(total(took)) {
        headers.append(TIMING_NAME.clone(), total);
    }
}

/// Makes headers that are kept ready to be stamped by [`restamp`], with what there is to say of parts.
pub(super) fn prepare(headers: &mut HeaderMap, parts: &str) {
    stamp(headers, HeaderValue::from_static(""), Duration::ZERO);
    let timing = format!("{parts}, {}", total(Duration::ZERO));
    if let Ok(timing) = HeaderValue::try_from(timing) {
        headers.insert(TIMING_NAME.clone(), timing);
    }
}

/// Stamps headers that are [`prepare`]d, of which most stay as they are.
pub(super) fn restamp(headers: &mut HeaderMap, id: HeaderValue, took: Duration) {
    if let Some(place) = headers.get_mut(&request_id::NAME) {
        *place = id;
    }
    if took < NO_TIME {
        return;
    }
    headers.insert(TIME_NAME.clone(), process_time(took));
    let timing = headers.get(&TIMING_NAME).and_then(|it| it.to_str().ok());
    let parts = timing.and_then(|timing| timing.strip_suffix(&total(Duration::ZERO)));
    let timing = parts.map(|parts| HeaderValue::try_from(format!("{parts}{}", total(took))));
    if let Some(Ok(timing)) = timing {
        headers.insert(TIMING_NAME.clone(), timing);
    }
}

fn process_time(took: Duration) -> HeaderValue {
    let tenths = tenths(took);
    let seconds = format!("{}.{:04} sec", tenths / 10_000, tenths % 10_000);
    HeaderValue::try_from(seconds).expect("digits and letters")
}

fn total(took: Duration) -> String {
    let tenths = tenths(took);
    format!("total;dur={}.{}", tenths / 10, tenths % 10)
}

/// Tenths of milliseconds, rounded. To write a fraction takes longer than to answer from what is ready.
fn tenths(took: Duration) -> u128 {
    (took.as_micros() + 50) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(took: Duration) -> [String; 3] {
        let mut headers = HeaderMap::new();
        prepare(&mut headers, "TR;dur=0");
        restamp(&mut headers, HeaderValue::from_static("mine"), took);
        assert_eq!(headers.len(), 3);
        [&request_id::NAME, &TIME_NAME, &TIMING_NAME]
            .map(|name| headers[name].to_str().expect("text").to_owned())
    }

    #[test]
    fn what_is_kept_says_what_is_of_the_moment() {
        let none = ["mine", "0.0000 sec", "TR;dur=0, total;dur=0.0"];
        assert_eq!(said(Duration::from_nanos(49_999)), none);
        let some = ["mine", "0.0001 sec", "TR;dur=0, total;dur=0.1"];
        assert_eq!(said(NO_TIME), some);
        let long = ["mine", "12.3457 sec", "TR;dur=0, total;dur=12345.7"];
        assert_eq!(said(Duration::from_micros(12_345_678)), long);
    }

    #[test]
    fn what_is_made_says_it_beside_its_parts() {
        let mut headers = HeaderMap::new();
        headers.insert(&TIMING_NAME, HeaderValue::from_static("TR;dur=1.5"));
        let took = Duration::from_micros(1_600);
        stamp(&mut headers, HeaderValue::from_static("mine"), took);
        let timing: Vec<_> = headers.get_all(&TIMING_NAME).iter().collect();
        assert_eq!(timing, ["TR;dur=1.5", "total;dur=1.6"]);
        assert_eq!(headers[&TIME_NAME], "0.0016 sec");
    }
}
