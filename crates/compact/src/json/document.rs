//! Documents that are put together field by field, for logs and answers.

use serde::Serialize;
use serde_json::{Map, Value};

/// A value as a document; `null` if it has a map whose keys are no texts.
#[inline(never)]
pub fn value<T: Serialize + ?Sized>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// An object without fields.
#[must_use]
pub fn object() -> Map<String, Value> {
    Map::new()
}

/// Puts a field into an object.
#[inline(never)]
pub fn put(object: &mut Map<String, Value>, name: &str, value: Value) {
    object.insert(name.to_owned(), value);
}

/// A list of a document, empty.
#[must_use]
pub fn list() -> Vec<Value> {
    Vec::new()
}

/// A document, written like `serde_json::json!`: objects with names that are texts, lists, `null`, and expressions of types that
/// are `Serialize`. A field costs a third of the code.
#[macro_export]
macro_rules! json {
    (null) => { $crate::json::Value::Null };
    ([ $($items:tt)* ]) => {{
        #[allow(unused_mut)]
        let mut list = $crate::json::list();
        $crate::json!(@list list $($items)*);
        $crate::json::Value::Array(list)
    }};
    ({ $($fields:tt)* }) => {{
        #[allow(unused_mut)]
        let mut object = $crate::json::object();
        $crate::json!(@object object $($fields)*);
        $crate::json::Value::Object(object)
    }};

    (@list $list:ident) => {};
    (@list $list:ident null $(, $($rest:tt)*)?) => {
        $list.push($crate::json::Value::Null);
        $crate::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $list.push($crate::json!([ $($inner)* ]));
        $crate::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $list.push($crate::json!({ $($inner)* }));
        $crate::json!(@list $list $($($rest)*)?);
    };
    (@list $list:ident $item:expr $(, $($rest:tt)*)?) => {
        $list.push($crate::json::value(&$item));
        $crate::json!(@list $list $($($rest)*)?);
    };

    (@object $object:ident) => {};
    (@object $object:ident $name:tt : null $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $name, $crate::json::Value::Null);
        $crate::json!(@object $object $($($rest)*)?);
    };
    (@object $object:ident $name:tt : [ $($inner:tt)* ] $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $name, $crate::json!([ $($inner)* ]));
        $crate::json!(@object $object $($($rest)*)?);
    };
    (@object $object:ident $name:tt : { $($inner:tt)* } $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $name, $crate::json!({ $($inner)* }));
        $crate::json!(@object $object $($($rest)*)?);
    };
    (@object $object:ident $name:tt : $value:expr $(, $($rest:tt)*)?) => {
        $crate::json::put(&mut $object, $name, $crate::json::value(&$value));
        $crate::json!(@object $object $($($rest)*)?);
    };

    ($value:expr) => { $crate::json::value(&$value) };
}

#[cfg(test)]
mod tests {

    #[test]
    fn a_document_is_as_serde_json_makes_it() {
        let (count, name, missing) = (7, "x".to_owned(), None::<i64>);
        let ours = json!({
            "count": count, "name": name, "sum": count + 1, "missing": missing, "null": null,
            "list": [1, null, [], { "a": name.len() }, &name], "inner": { "deep": { "er": [true, false] } }, "empty": {},
        });
        let theirs = serde_json::json!({
            "count": count, "name": name, "sum": count + 1, "missing": missing, "null": null,
            "list": [1, null, [], { "a": name.len() }, &name], "inner": { "deep": { "er": [true, false] } }, "empty": {},
        });
        assert_eq!(ours, theirs);
        assert_eq!(
            (json!(null), json!([]), json!("a")),
            (serde_json::json!(null), serde_json::json!([]), serde_json::json!("a"))
        );
        assert_eq!(json!([name, 1.5,]), serde_json::json!(["x", 1.5]));
    }
}
