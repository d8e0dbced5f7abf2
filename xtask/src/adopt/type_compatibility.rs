//! Whether an existing column's type can hold the expected type's values.

/// How an existing column's type compares with the expected type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compatibility {
    /// It holds every value of the expected type.
    Compatible,
    /// Some values do not fit or lose precision.
    Lossy,
    /// Our statements fail with it.
    Incompatible,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TypeClass<'a> {
    /// Size in bytes.
    Integer(u32),
    /// Digits before and after the decimal point.
    Numeric(u32, u32),
    Float,
    /// Maximum length.
    Text(u32),
    Timestamp {
        with_zone: bool,
    },
    Other(&'a str),
}

/// Compares `theirs` with `ours`; both as printed by Postgres' `format_type`.
pub(super) fn compatibility(ours: &str, theirs: &str) -> Compatibility {
    let lossy_if = |is_lossy: bool| if is_lossy { Compatibility::Lossy } else { Compatibility::Compatible };
    match (classify(ours), classify(theirs)) {
        (TypeClass::Integer(ours), TypeClass::Integer(theirs)) => lossy_if(theirs < ours),
        (TypeClass::Integer(ours), TypeClass::Numeric(before, _)) => lossy_if(before < digits(ours)),
        (TypeClass::Numeric(before, after), TypeClass::Numeric(their_before, their_after)) => {
            lossy_if(their_before < before || their_after < after)
        }
        (TypeClass::Integer(_) | TypeClass::Numeric(..), TypeClass::Float)
        | (TypeClass::Numeric(..), TypeClass::Integer(_)) => Compatibility::Lossy,
        (TypeClass::Text(ours), TypeClass::Text(theirs)) => lossy_if(theirs < ours),
        (TypeClass::Timestamp { with_zone: ours }, TypeClass::Timestamp { with_zone: theirs }) => {
            lossy_if(ours && !theirs)
        }
        (ours, theirs) if ours == theirs => Compatibility::Compatible,
        _ => Compatibility::Incompatible,
    }
}

fn digits(bytes: u32) -> u32 {
    match bytes {
        2 => 5,
        4 => 10,
        _ => 19,
    }
}

fn classify(text: &str) -> TypeClass<'_> {
    let (name, arguments) = match text.split_once('(') {
        Some((name, rest)) => (name, rest.trim_end_matches(')')),
        None => (text, ""),
    };
    let mut numbers = arguments.split(',').filter_map(|number| number.trim().parse::<u32>().ok());
    match name {
        "smallint" => TypeClass::Integer(2),
        "integer" => TypeClass::Integer(4),
        "bigint" => TypeClass::Integer(8),
        "numeric" => match (numbers.next(), numbers.next()) {
            (Some(all), after) => {
                let after = after.unwrap_or(0);
                TypeClass::Numeric(all.saturating_sub(after), after)
            }
            _ => TypeClass::Numeric(u32::MAX, u32::MAX),
        },
        "real" | "double precision" => TypeClass::Float,
        "text" => TypeClass::Text(u32::MAX),
        "character varying" | "character" => TypeClass::Text(numbers.next().unwrap_or(u32::MAX)),
        "timestamp with time zone" => TypeClass::Timestamp { with_zone: true },
        "timestamp without time zone" => TypeClass::Timestamp { with_zone: false },
        _ => TypeClass::Other(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_as_much_serves() {
        for (ours, theirs, expected) in [
            ("bigint", "integer", Compatibility::Lossy),
            ("integer", "bigint", Compatibility::Compatible),
            ("bigint", "numeric", Compatibility::Compatible),
            ("bigint", "numeric(10,0)", Compatibility::Lossy),
            ("numeric(15,2)", "numeric(12,2)", Compatibility::Lossy),
            ("numeric(15,2)", "numeric(15,0)", Compatibility::Lossy),
            ("numeric(15,2)", "numeric(20,4)", Compatibility::Compatible),
            ("numeric(15,2)", "double precision", Compatibility::Lossy),
            ("numeric(15,2)", "integer", Compatibility::Lossy),
            ("text", "character varying", Compatibility::Compatible),
            ("text", "character varying(8)", Compatibility::Lossy),
            ("text", "sync_kind", Compatibility::Incompatible),
            ("bigint", "text", Compatibility::Incompatible),
            ("jsonb", "json", Compatibility::Incompatible),
            ("timestamp with time zone", "timestamp without time zone", Compatibility::Lossy),
            ("integer[]", "integer[]", Compatibility::Compatible),
            ("integer[]", "text[]", Compatibility::Incompatible),
        ] {
            assert_eq!(compatibility(ours, theirs), expected, "{theirs} for {ours}");
        }
    }
}
