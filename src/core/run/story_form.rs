//! Forms of stories, out of few words.

use serde_json::{Map, Value, json};

/// A form of fields: `("audience", "choices slt governors")`, `("date", "date")`, `("why", "text")`.
pub fn form(fields: &[(&str, &str)]) -> Value {
    let mut properties = Map::new();
    for (name, kind) in fields {
        let words: Vec<&str> = kind.split(' ').collect();
        let schema = match words[0] {
            "text" => json!({"type": "string", "title": name}),
            "date" => json!({"type": "string", "format": "date", "title": name}),
            "yes" => json!({"type": "boolean", "title": name}),
            "number" => json!({"type": "integer", "title": name}),
            "choice" => json!({"type": "string", "enum": words[1..], "title": name}),
            "choices" => {
                json!({"type": "array", "items": {"enum": words[1..]}, "title": name})
            }
            "person" => {
                json!({"type": "string", "format": "uuid", "x-person": true, "title": name})
            }
            other => panic!("no kind of field `{other}`"),
        };
        properties.insert((*name).to_owned(), schema);
    }
    json!({"type": "object", "title": "Form", "additionalProperties": false, "properties": properties})
}
