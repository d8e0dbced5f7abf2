//! Whether a column of another type serves.

/// How a column's type serves in the place of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It holds all that ours does.
    Serves,
    /// Some values do not fit, or lose something.
    Narrow,
    /// Our statements fail with it.
    Differs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind<'a> {
    /// By bytes.
    Whole(u32),
    /// Digits before and after the point.
    Exact(u32, u32),
    Float,
    /// By longest text.
    Text(u32),
    Time {
        zone: bool,
    },
    Other(&'a str),
}

/// How `theirs` serves in the place of `ours`; both as Postgres' `format_type` writes them.
pub(super) fn fit(ours: &str, theirs: &str) -> Fit {
    let narrow = |narrow: bool| if narrow { Fit::Narrow } else { Fit::Serves };
    match (kind(ours), kind(theirs)) {
        (Kind::Whole(ours), Kind::Whole(theirs)) => narrow(theirs < ours),
        (Kind::Whole(ours), Kind::Exact(before, _)) => narrow(before < digits(ours)),
        (Kind::Exact(before, after), Kind::Exact(their_before, their_after)) => {
            narrow(their_before < before || their_after < after)
        }
        (Kind::Whole(_) | Kind::Exact(..), Kind::Float) | (Kind::Exact(..), Kind::Whole(_)) => Fit::Narrow,
        (Kind::Text(ours), Kind::Text(theirs)) => narrow(theirs < ours),
        (Kind::Time { zone: ours }, Kind::Time { zone: theirs }) => narrow(ours && !theirs),
        (ours, theirs) if ours == theirs => Fit::Serves,
        _ => Fit::Differs,
    }
}

fn digits(bytes: u32) -> u32 {
    match bytes {
        2 => 5,
        4 => 10,
        _ => 19,
    }
}

fn kind(text: &str) -> Kind<'_> {
    let (name, arguments) = match text.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (text, ""),
    };
    let mut numbers = arguments.split(',').filter_map(|number| number.trim().parse::<u32>().ok());
    match name {
        "smallint" => Kind::Whole(2),
        "integer" => Kind::Whole(4),
        "bigint" => Kind::Whole(8),
        "numeric" => match (numbers.next(), numbers.next()) {
            (Some(all), after) => {
                let after = after.unwrap_or(0);
                Kind::Exact(all.saturating_sub(after), after)
            }
            _ => Kind::Exact(u32::MAX, u32::MAX),
        },
        "real" | "double precision" => Kind::Float,
        "text" => Kind::Text(u32::MAX),
        "character varying" | "character" => Kind::Text(numbers.next().unwrap_or(u32::MAX)),
        "timestamp with time zone" => Kind::Time { zone: true },
        "timestamp without time zone" => Kind::Time { zone: false },
        _ => Kind::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_as_much_serves() {
        for (ours, theirs, expected) in [
            ("bigint", "integer", Fit::Narrow),
            ("integer", "bigint", Fit::Serves),
            ("bigint", "numeric", Fit::Serves),
            ("bigint", "numeric(10,0)", Fit::Narrow),
            ("numeric(15,2)", "numeric(12,2)", Fit::Narrow),
            ("numeric(15,2)", "numeric(15,0)", Fit::Narrow),
            ("numeric(15,2)", "numeric(20,4)", Fit::Serves),
            ("numeric(15,2)", "double precision", Fit::Narrow),
            ("numeric(15,2)", "integer", Fit::Narrow),
            ("text", "character varying", Fit::Serves),
            ("text", "character varying(8)", Fit::Narrow),
            ("text", "sync_kind", Fit::Differs),
            ("bigint", "text", Fit::Differs),
            ("jsonb", "json", Fit::Differs),
            ("timestamp with time zone", "timestamp without time zone", Fit::Narrow),
            ("integer[]", "integer[]", Fit::Serves),
            ("integer[]", "text[]", Fit::Differs),
        ] {
            assert_eq!(fit(ours, theirs), expected, "{theirs} for {ours}");
        }
    }
}
