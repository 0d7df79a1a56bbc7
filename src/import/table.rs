//! Tables: the records of a CSV file with their lines, columns by name, and cells that no spreadsheet may run.

use std::borrow::Cow;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{MAX_ENTRIES, Sheet};
use crate::api::Error;

/// A record, and the line where it begins, counted from 1.
pub struct Record {
    pub line: usize,
    cells: StringRecord,
}

impl Record {
    /// A cell; nothing where the record is shorter.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default()
    }

    /// How many cells it has.
    pub fn width(&self) -> usize {
        self.cells.len()
    }

    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.cells.iter()
    }
}

/// The character between the cells of a table: the one that its first line has most of.
pub fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |wanted: char| {
        let mut quoted = false;
        first
            .chars()
            .filter(|c| {
                quoted ^= *c == '"';
                !quoted && *c == wanted
            })
            .count()
    };
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|sign| count(char::from(*sign))).unwrap_or(b',')
}

/// The records of a table, without those that are blank. A quotation mark that is never closed swallows all that
/// follows it, so that record is a problem and no record.
///
/// # Errors
/// When there are far more of them than people.
pub fn records(text: &str, delimiter: u8, sheet: &mut Sheet) -> Result<Vec<Record>, Error> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(Trim::All)
        .from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut last = 0;
    for record in reader.records() {
        let Ok(cells) = record else { continue };
        let Some(position) = cells.position() else { continue };
        last = usize::try_from(position.byte()).unwrap_or_default();
        // The blank lines before a record count as its beginning.
        let blank = text.get(last..).unwrap_or_default().bytes().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let blank = blank.filter(|byte| *byte == b'\n').count();
        let line = usize::try_from(position.line()).unwrap_or_default() + blank;
        if cells.iter().any(|cell| !cell.is_empty()) {
            records.push(Record { line, cells });
        }
        // Lines that say nothing sensible are as many as one likes.
        if records.len() > MAX_ENTRIES * 2 {
            return Err(too_long());
        }
    }
    if let Some(record) = records.pop_if(|_| is_open(text.get(last..).unwrap_or_default(), delimiter)) {
        sheet.problem(record.line, "a quotation mark is opened here and never closed; nothing after it was read");
    }
    Ok(records)
}

/// The refusal of a table that goes on and on.
pub fn too_long() -> Error {
    Error::failed(format!("the file has more than {} lines, more than any list of people should have", MAX_ENTRIES * 2))
        .hint("nothing was changed; a good word is for people: choose, and import fewer")
}

/// Whether a record ends inside quotation marks. They count only at the beginning of a cell; a doubled one inside closes
/// and opens again.
fn is_open(record: &str, delimiter: u8) -> bool {
    let (mut quoted, mut starts) = (false, true);
    for byte in record.bytes() {
        let turns = byte == b'"' && (quoted || starts);
        quoted ^= turns;
        starts = !quoted && (turns || byte == delimiter || matches!(byte, b'\n' | b'\r'));
    }
    quoted
}

/// The columns of a table by name.
pub struct Columns(Vec<String>);

impl Columns {
    pub fn of(header: &Record) -> Columns {
        Columns(header.cells().map(folded).collect())
    }

    /// The columns with any of these names, in the order of the table.
    pub fn named(&self, names: &[&str]) -> Vec<usize> {
        let is_wanted = |(_, column): &(usize, &String)| names.contains(&column.as_str());
        self.0.iter().enumerate().filter(is_wanted).map(|(place, _)| place).collect()
    }

    /// The columns whose name begins and ends so: `e-mail 1 - value`.
    pub fn numbered(&self, start: &str, end: &str) -> Vec<usize> {
        let is_wanted = |(_, column): &(usize, &String)| column.starts_with(start) && column.ends_with(end);
        self.0.iter().enumerate().filter(is_wanted).map(|(place, _)| place).collect()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|column| column == name)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// The first cell with something in it.
pub fn first<'a>(record: &'a Record, columns: &[usize]) -> &'a str {
    columns.iter().map(|column| record.cell(*column)).find(|cell| !cell.is_empty()).unwrap_or_default()
}

/// A column's name as it is compared.
pub fn folded(name: &str) -> String {
    name.trim().trim_start_matches('\u{feff}').to_lowercase().replace('_', " ")
}

/// What a spreadsheet would take for a formula, also where its signs are written wide.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// A value as it can stand in a cell: one that a spreadsheet would run gets an apostrophe before it, and so does one that
/// has such an apostrophe already, so that [`quiet_back`] gives every value as it was.
/// (OWASP, "CSV Injection")
pub fn quiet(value: &str) -> Cow<'_, str> {
    if is_formula(value) { Cow::Owned(format!("'{value}")) } else { Cow::Borrowed(value) }
}

/// The value that [`quiet`] wrote.
pub fn quiet_back(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|value| is_formula(value)).unwrap_or(cell)
}

/// Several values in one cell, with semicolons between them. One that has such a sign itself stands in quotation marks.
pub fn joined<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let marked = |value: &str| {
        let value = quiet(value);
        let is_plain = !value.contains([';', '"', '\n']) && !value.contains(BETWEEN);
        if is_plain { value.into_owned() } else { format!("\"{}\"", value.replace('"', "\"\"")) }
    };
    values.into_iter().map(marked).collect::<Vec<_>>().join("; ")
}

/// What Google puts between several values.
const BETWEEN: &str = " ::: ";

/// The values of a cell that [`joined`] or a person wrote.
pub fn parted(cell: &str) -> Vec<String> {
    let mut values = Vec::new();
    let mut rest = cell.trim_start();
    while !rest.is_empty() {
        let mut value = String::new();
        if let Some(mut inside) = rest.strip_prefix('"') {
            while let Some((part, after)) = inside.split_once('"') {
                value.push_str(part);
                inside = after;
                match inside.strip_prefix('"') {
                    Some(more) => {
                        value.push('"');
                        inside = more;
                    }
                    None => break,
                }
            }
            rest = inside;
        }
        let ends = [rest.find([';', '\n']).map(|at| (at, 1)), rest.find(BETWEEN).map(|at| (at, BETWEEN.len()))];
        let (end, width) = ends.into_iter().flatten().min().unwrap_or((rest.len(), 0));
        value.push_str(rest.get(..end).unwrap_or_default());
        let value = quiet_back(value.trim());
        if !value.is_empty() {
            values.push(value.to_owned());
        }
        rest = rest.get(end + width..).unwrap_or_default().trim_start();
    }
    values
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_formula_is_quiet_in_a_cell_and_comes_back_as_it_was() {
        for value in ["=HYPERLINK(\"http://evil.example\",\"x\")", "+1", "-1", "@SUM(A1)", "'=1", "''=1", "＝1"] {
            assert!(quiet(value).starts_with('\''), "{value}");
        }
        assert_eq!(quiet("'twas"), "'twas");
        assert_eq!(quiet_back("'twas"), "'twas");
    }

    #[test]
    fn a_cell_holds_several_values_however_they_are_parted() {
        assert_eq!(parted("a; \"b;\"\"c\"\"\" ::: d\ne;;"), ["a", "b;\"c\"", "d", "e"]);
        assert_eq!(parted("\"never closed; x"), ["never closed", "x"]);
        assert_eq!(parted(" ; "), [""; 0]);
    }

    #[test]
    fn the_sign_between_cells_is_the_one_the_first_line_has_most_of() {
        assert_eq!(delimiter("name;why, really;site\n"), b';');
        assert_eq!(delimiter("\n\"a;b;c\",d\n"), b',');
        assert_eq!(delimiter("name\twhy"), b'\t');
    }

    #[test]
    fn a_quotation_mark_that_is_never_closed_swallows_nothing_in_silence() {
        for (text, open) in
            [("a,\"b\nc,d\n", true), ("a,\"b \"\"\n", true), ("a,5\" disk\n", false), ("a,\"b\"\"\"\n", false)]
        {
            assert_eq!(is_open(text, b','), open, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_value_comes_back_from_a_cell(value in ".*") {
            let cell = quiet(&value);
            prop_assert_eq!(quiet_back(&cell), value.as_str());
        }

        #[test]
        fn any_values_come_back_from_one_cell(values in proptest::collection::vec("[^\\s].{0,20}", 0..5)) {
            let values: Vec<_> = values.iter().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect();
            prop_assert_eq!(parted(&joined(values.iter().map(String::as_str))), values);
        }
    }
}
