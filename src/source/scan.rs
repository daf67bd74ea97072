//! Records of the usual form, read at sight.
//!
//! A general decoder asks of every byte what it might be, and most of its time goes into wrong guesses. What a
//! record should say is known, and most do. Whatever else one may be, JSON or not, is left to the decoder.

use super::record::{Key, Of, Record};
use super::text::{Text, Value};

/// A one in each byte.
const ONES: u64 = u64::MAX / 0xff;

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;

impl<'de> Record<'de> {
    /// Reads the record that the text begins with in place of this one, and gives its length. `None` where it is
    /// not of the usual form; then what was read is of no use.
    pub(super) fn scan(&mut self, text: &'de str) -> Option<usize> {
        self.clear();
        let mut cursor = Cursor { text, at: 0 };
        cursor.take(b'{')?;
        loop {
            let key = cursor.key()?;
            self.note(key);
            match key {
                Key::Name => self.name = self.text(cursor.value()?),
                Key::Country => self.country = self.text(cursor.value()?),
                Key::AlphaTwoCode => self.alpha_two_code = self.text(cursor.value()?),
                Key::StateProvince => self.state_province = self.text(cursor.value()?),
                Key::Domains => cursor.list(Of::Domains, self)?,
                Key::WebPages => cursor.list(Of::WebPages, self)?,
                Key::Unknown => return None,
            }
            match cursor.next()? {
                b',' => cursor.space(),
                b'}' => return Some(cursor.at),
                _ => return None,
            }
        }
    }
}

/// A place in a text.
struct Cursor<'de> {
    text: &'de str,
    at: usize,
}

impl<'de> Cursor<'de> {
    fn rest(&self) -> &'de [u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.rest().first() {
            self.at += 1;
        }
    }

    /// The next byte that is no space, and all space behind it.
    fn next(&mut self) -> Option<u8> {
        self.space();
        let next = *self.rest().first()?;
        self.at += 1;
        Some(next)
    }

    /// Goes past this byte, and the space around it.
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())?;
        self.space();
        Some(())
    }

    fn take_all(&mut self, bytes: &[u8]) -> Option<()> {
        self.rest().starts_with(bytes).then_some(())?;
        self.at += bytes.len();
        Some(())
    }

    /// A key, which its first letter tells from the others.
    fn key(&mut self) -> Option<Key> {
        let (key, written) = match self.rest().get(1)? {
            b'n' => (Key::Name, &br#""name""#[..]),
            b'c' => (Key::Country, &br#""country""#[..]),
            b'a' => (Key::AlphaTwoCode, &br#""alpha_two_code""#[..]),
            b's' => (Key::StateProvince, &br#""state-province""#[..]),
            b'd' => (Key::Domains, &br#""domains""#[..]),
            b'w' => (Key::WebPages, &br#""web_pages""#[..]),
            _ => return None,
        };
        self.take_all(written)?;
        self.take(b':')?;
        Some(key)
    }

    /// A text, or nothing.
    fn value(&mut self) -> Option<Value<'de>> {
        if self.rest().first() == Some(&b'n') {
            self.take_all(b"null")?;
            return Some(Value::Null);
        }
        self.quoted().map(Value::Text)
    }

    /// Texts that are added to one of a record's lists.
    fn list(&mut self, of: Of, record: &mut Record<'de>) -> Option<()> {
        if self.rest().first() == Some(&b'n') {
            return self.take_all(b"null");
        }
        self.take(b'[')?;
        if self.rest().first() == Some(&b']') {
            self.at += 1;
            return Some(());
        }
        for before in 0.. {
            record.add(of, before, Value::Text(self.quoted()?));
            match self.next()? {
                b',' => self.space(),
                b']' => return Some(()),
                _ => return None,
            }
        }
        None
    }

    fn quoted(&mut self) -> Option<Text<'de>> {
        self.take_all(b"\"")?;
        let begin = self.at;
        self.at += plain(self.rest());
        let text = match self.rest().first()? {
            b'"' => Text::Plain(self.text.get(begin..self.at)?),
            b'\\' => {
                self.escaped()?;
                // With its quotes.
                let written = self.text.get(begin - 1..=self.at)?;
                Text::Decoded(serde_json::from_str(written).ok()?)
            }
            _ => return None,
        };
        self.at += 1;
        Some(text)
    }

    /// From an escape to the end of its text.
    fn escaped(&mut self) -> Option<()> {
        loop {
            match self.rest().first()? {
                b'"' => return Some(()),
                b'\\' => self.at += 2,
                _ => return None,
            }
            self.at += plain(self.text.as_bytes().get(self.at..)?);
        }
    }
}

/// How many bytes there are before a quote, an escape or a control character.
fn plain(bytes: &[u8]) -> usize {
    let (words, last) = bytes.as_chunks();
    for (place, word) in words.iter().enumerate() {
        let ends = ends(u64::from_le_bytes(*word));
        if ends != 0 {
            return place * size_of::<u64>() + (ends.trailing_zeros() / u8::BITS) as usize;
        }
    }
    let ends = |byte: &u8| matches!(byte, ..b' ' | b'"' | b'\\');
    words.len() * size_of::<u64>() + last.iter().position(ends).unwrap_or(last.len())
}

/// The highest bit of each byte that ends what is plain, up to the first that does: bytes behind it may be
/// taken for others. As in Mycroft's test for a zero byte.
fn ends(word: u64) -> u64 {
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let is = |byte: u8| is_zero(word ^ (ONES * u64::from(byte)));
    let is_control = word.wrapping_sub(ONES * u64::from(b' ')) & !word;
    (is(b'"') | is(b'\\') | is_control) & HIGHEST
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the decoder reads of the first so many bytes, which have to be a record.
    fn decoded(text: &str) -> String {
        let mut record = Record::default();
        let mut json = serde_json::Deserializer::from_str(text);
        let read = record.read(&mut json).and_then(|()| json.end());
        read.expect("what is read at sight is JSON");
        format!("{record:?}")
    }

    #[test]
    fn records_of_the_usual_form_are_read_at_sight() {
        for text in [
            r#"{"name":"A"}"#,
            r#"{"name": "Türk \"\/\" \ud83d\ude00 \\", "domains": ["a.tr", "b.tr"], "web_pages": []}"#,
            "{\n\t\"alpha_two_code\" : \"TR\" ,\r\n \"state-province\" : null , \"country\":\"\" }",
            r#"{"domains":null,"web_pages":[ "https://a.tr/" ],"name":null}"#,
            r#"{"name":"A","name":"B"}"#,
        ] {
            let mut record = Record::default();
            let followed = format!("{text},{text}");
            assert_eq!(record.scan(&followed), Some(text.len()), "{text}");
            assert_eq!(format!("{record:?}"), decoded(text));
        }
    }

    #[test]
    fn others_are_left_to_the_decoder() {
        for text in [
            "",
            "{",
            "{}",
            "[]",
            "null",
            r#"{"name":"A",}"#,
            r#"{"name":"A""#,
            r#"{"name":"A"#,
            r#"{"name":"A\"#,
            r#"{"name":"\ud800"}"#,
            "{\"name\":\"a\u{1}\"}",
            r#"{"name":7}"#,
            r#"{"name" "A"}"#,
            r#"{"names":"A"}"#,
            r#"{"n\u0061me":"A"}"#,
            r#"{"founded":"A"}"#,
            r#"{"domains":"a.tr"}"#,
            r#"{"domains":[null]}"#,
            r#"{"domains":["a.tr",]}"#,
            r#"{"domains":["a.tr"}"#,
        ] {
            assert_eq!(Record::default().scan(text), None, "{text}");
        }
    }

    #[test]
    fn what_ends_a_text_is_found_wherever_it_stands() {
        for end in ['"', '\\', '\0', '\n', '\u{1f}'] {
            for before in 0..40 {
                let text = format!("{}{end}\"\\\n", "é".repeat(before));
                assert_eq!(plain(text.as_bytes()), 2 * before, "{end:?}");
            }
        }
        let all: String = ('\u{20}'..'\u{100}')
            .filter(|it| !matches!(it, '"' | '\\'))
            .collect();
        assert_eq!(plain(all.as_bytes()), all.len());
    }

    proptest! {
        /// Of a record with some pieces in other places.
        #[test]
        fn what_is_read_at_sight_is_what_the_decoder_reads(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", " ", "\n", "null", "7", "\"", "\\", "\\u00fc", "\\\"", "ü", "a",
                "\"name\":", "\"country\": ", "\"alpha_two_code\":", "\"state-province\":", "\"domains\":",
                "\"web_pages\":[", "\"a.tr\"", "\"a.tr\",", "[\"a.tr\"],", "{\"name\":\"A\",", "\"founded\":1,",
            ]), 0..14)
        ) {
            let text = format!("{{{}}}", pieces.concat());
            let mut record = Record::default();
            if let Some(length) = record.scan(&text) {
                prop_assert_eq!(format!("{:?}", record), decoded(&text[..length]));
            }
        }
    }
}
