//! The JSON Schema of a definition, for editors that complete and underline.
//!
//! Made from the table of keys. It knows keys and shapes only; names, dates and conditions are
//! `check`'s work.

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, Looks, Place};

const PLACES: &[(Place, &str)] = &[
    (Place::Role, "role"),
    (Place::Rung, "rung"),
    (Place::Repeat, "repeat"),
    (Place::Outcome, "outcome"),
    (Place::Task, "task"),
    (Place::Engine, "engine"),
    (Place::Wait, "wait"),
    (Place::Start, "start"),
    (Place::Group, "group"),
];

const NAME: &str = "^[a-z][a-z0-9_]*$";

pub fn schema() -> Value {
    let mut defs = Map::new();
    for (place, name) in PLACES {
        defs.insert((*name).to_owned(), object(*place));
    }
    // An editor cannot tell the kinds apart by their keys alone, so a step is any of them.
    let kinds = ["group", "engine", "wait", "start", "task"];
    let kinds: Vec<_> = kinds.iter().map(|kind| reference(kind)).collect();
    defs.insert("step".to_owned(), json!({ "anyOf": kinds }));
    let mut schema = object(Place::Top);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("A workflow of Alongside");
    schema["required"] = json!(["workflow", "scope", "version", "title", "steps"]);
    schema["$defs"] = Value::Object(defs);
    schema
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn object(place: Place) -> Value {
    let keys = KEYS.iter().filter(|key| key.at.contains(&place));
    let fields: Map<_, _> = keys.map(|key| (key.name.to_owned(), value(key))).collect();
    let required = match place {
        Place::Engine => json!(["role"]),
        Place::Wait => json!(["wait"]),
        Place::Start => json!(["start"]),
        Place::Role | Place::Rung => json!(["at"]),
        Place::Repeat => json!(["min", "max"]),
        _ => json!([]),
    };
    let mut object = json!({
        "type": "object", "properties": fields, "required": required, "additionalProperties": false,
    });
    if place == Place::Engine {
        object["properties"]["role"]["const"] = json!("engine");
    }
    if place == Place::Group {
        object["oneOf"] = json!([{ "required": ["steps"] }, { "required": ["together"] }]);
    }
    object
}

fn many(of: &Value) -> Value {
    json!({
        "type": "object", "propertyNames": { "pattern": NAME }, "additionalProperties": of,
    })
}

fn value(key: &Key) -> Value {
    let mut value = match key.looks {
        Looks::Text | Looks::Name | Looks::Date | Looks::Condition => json!({ "type": "string" }),
        Looks::Names => json!({
            "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }],
        }),
        Looks::Word(words) => json!({ "enum": words }),
        Looks::Number => json!({ "type": "integer", "minimum": 1 }),
        Looks::Flag => json!({ "type": "boolean" }),
        Looks::True => json!({ "const": true }),
        Looks::Titles => many(&json!({ "type": "string" })),
        Looks::Many(Place::Role) => many(&reference("role")),
        Looks::Many(_) => many(&reference("outcome")),
        Looks::Ladders => many(&many(&reference("rung"))),
        Looks::Steps => many(&reference("step")),
        Looks::Passes => json!({
            "oneOf": [{ "type": "integer", "minimum": 1 }, reference("repeat")],
        }),
        Looks::People => json!({ "type": ["integer", "string"] }),
    };
    if matches!(key.looks, Looks::Steps) {
        value["minProperties"] = json!(1);
    }
    value["description"] = json!(key.doc);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_accepts_a_definition_and_refuses_an_unknown_key() {
        let validator = jsonschema::draft202012::options().build(&schema()).unwrap();
        let mut page = json!({
            "workflow": "small", "scope": "project", "version": 1, "title": "Small",
            "roles": { "head": { "title": "Head", "at": "host_school" } },
            "reminders": { "standard": { "due": { "at": "on the day", "send": "mail" } } },
            "steps": {
                "ask": { "role": "head", "due": "3 school days", "outcomes": { "yes_please": {} } },
                "visits": {
                    "repeat": { "min": 1, "max": 6 },
                    "steps": { "plan": { "role": "head" } },
                },
                "told": { "wait": "catalogue.circulated" },
                "send": { "role": "engine", "mail": "thanks", "needs": ["ask", "visits"] },
            },
        });
        let problems: Vec<_> = validator
            .iter_errors(&page)
            .map(|e| e.to_string())
            .collect();
        assert_eq!(problems, Vec::<String>::new());
        page["steps"]["ask"]["reminder"] = json!("standard");
        assert!(!validator.is_valid(&page));
    }

    #[test]
    fn without_steps_there_is_neither_a_workflow_nor_a_group() {
        let validator = jsonschema::draft202012::options().build(&schema()).unwrap();
        let mut page = json!({
            "workflow": "small", "scope": "project", "version": 1, "title": "Small",
            "steps": { "visits": { "steps": { "told": { "wait": "list.out" } } } },
        });
        assert!(validator.is_valid(&page));
        page["steps"]["visits"]["steps"] = json!({});
        assert!(!validator.is_valid(&page));
        page["steps"] = json!({});
        assert!(!validator.is_valid(&page));
    }
}
