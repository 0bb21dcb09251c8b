//! A RabbitMQ virtual host per test, deleted with the value that stands for it.
//!
//! Made through the management plugin: some milliseconds, where `rabbitmqctl` takes seconds. Users
//! too, for the tests of who may send what.

use std::sync::atomic::{AtomicU32, Ordering};

use super::api::{Answer, ask};
use super::required;

/// An empty virtual host that nobody else uses.
pub struct VirtualHost {
    amqp: String,
    api: String,
    pub name: String,
    users: Vec<String>,
}

impl VirtualHost {
    pub fn create() -> Self {
        let amqp = required("TEST_AMQP_URL");
        let api = std::env::var("TEST_RABBITMQ_API").unwrap_or_else(|_| usual_api(&amqp));
        Self::create_on(&amqp, &api)
    }

    /// On a server that the test has started itself.
    pub fn create_on(amqp: &str, api: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{number}", std::process::id());
        let host = Self {
            amqp: amqp.to_owned(),
            api: api.to_owned(),
            name,
            users: Vec::new(),
        };
        host.ask("PUT", &format!("/api/vhosts/{}", host.name), "");
        let (user, _) = credentials(amqp);
        host.allow(user);
        host
    }

    /// The address for the user that owns the server.
    pub fn url(&self) -> String {
        let (user, password) = credentials(&self.amqp);
        self.url_of(user, password)
    }

    /// Makes a user who may do everything in this virtual host and nothing elsewhere; the name is
    /// this virtual host's, followed by the one given. Returns the user's name and address.
    pub fn add_user(&mut self, name: &str) -> (String, String) {
        let user = format!("{}-{name}", self.name);
        let password = format!("{name}-password");
        let body = format!(r#"{{"password":"{password}","tags":""}}"#);
        self.ask("PUT", &format!("/api/users/{user}"), &body);
        self.allow(&user);
        self.users.push(user.clone());
        let url = self.url_of(&user, &password);
        (user, url)
    }

    /// Makes a user with the rights that `docs/messages.md` names for a portal, and no more.
    pub fn add_portal(&mut self, name: &str) -> (String, String) {
        let (user, url) = self.add_user(name);
        let own = format!(r"{user}\\..*");
        let rights = format!(
            r#"{{"configure":"^{own}$","write":"^(alongside\\.commands|{own})$","read":"^(alongside\\.events|{own})$"}}"#
        );
        self.ask(
            "PUT",
            &format!("/api/permissions/{}/{user}", self.name),
            &rights,
        );
        (user, url)
    }

    pub fn has_exchange(&self, name: &str) -> bool {
        let listed = self.ask("GET", &format!("/api/exchanges/{}", self.name), "");
        listed.body.contains(&format!(r#""name":"{name}""#))
    }

    /// Closes every connection in this virtual host that the broker knows of, as an operator does.
    /// One that is quite new may not be listed yet.
    pub fn close_connections(&self) {
        let listed = self.ask("GET", &format!("/api/vhosts/{}/connections", self.name), "");
        let listed: Vec<serde_json::Value> = serde_json::from_str(&listed.body).unwrap();
        for connection in &listed {
            let name = connection["name"]
                .as_str()
                .expect("a connection has a name");
            let name = name.replace(' ', "%20").replace('>', "%3E");
            // It may have gone meanwhile.
            let _ = ask(
                "DELETE",
                &format!("{}/api/connections/{name}", self.api),
                "",
            );
        }
    }

    /// Asks the management plugin; the path begins with `/api/`.
    ///
    /// # Panics
    /// If it does not answer or refuses.
    pub fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let url = format!("{}{path}", self.api);
        let answer = ask(method, &url, body).unwrap_or_else(|error| {
            panic!(
                "RabbitMQ's management plugin does not answer: {error}. It makes the virtual hosts \
                 of the tests: enable it, and give its address by TEST_RABBITMQ_API"
            )
        });
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        answer
    }

    fn allow(&self, user: &str) {
        let all = r#"{"configure":".*","write":".*","read":".*"}"#;
        self.ask(
            "PUT",
            &format!("/api/permissions/{}/{user}", self.name),
            all,
        );
    }

    fn url_of(&self, user: &str, password: &str) -> String {
        format!(
            "amqp://{user}:{password}@{}/{}",
            host_and_port(&self.amqp),
            self.name
        )
    }
}

impl Drop for VirtualHost {
    /// A server that the test has stopped for good is no fault here.
    fn drop(&mut self) {
        for user in &self.users {
            let _ = ask("DELETE", &format!("{}/api/users/{user}", self.api), "");
        }
        let _ = ask(
            "DELETE",
            &format!("{}/api/vhosts/{}", self.api, self.name),
            "",
        );
    }
}

/// What stands between `amqp://` and the virtual host.
fn authority(amqp: &str) -> &str {
    let rest = amqp
        .strip_prefix("amqp://")
        .expect("TEST_AMQP_URL begins with amqp://");
    &rest[..rest.find(['/', '?']).unwrap_or(rest.len())]
}

fn credentials(amqp: &str) -> (&str, &str) {
    let both = authority(amqp)
        .rsplit_once('@')
        .map_or("guest:guest", |(both, _)| both);
    both.split_once(':').unwrap_or((both, ""))
}

fn host_and_port(amqp: &str) -> &str {
    authority(amqp).rsplit('@').next().unwrap_or_default()
}

/// Where the plugin usually answers: the broker's host, port 15672, the same user.
fn usual_api(amqp: &str) -> String {
    let (user, password) = credentials(amqp);
    let host = host_and_port(amqp).split(':').next().unwrap_or_default();
    format!("http://{user}:{password}@{host}:15672")
}

#[test]
fn the_plugin_is_looked_for_on_the_host_of_the_broker() {
    assert_eq!(
        usual_api("amqp://me:pw@box:5673/%2f"),
        "http://me:pw@box:15672"
    );
    assert_eq!(usual_api("amqp://box"), "http://guest:guest@box:15672");
}

#[test]
fn each_test_has_a_virtual_host_of_its_own_that_goes_with_it() {
    let mut host = VirtualHost::create();
    let (user, url) = host.add_user("portal");
    assert!(
        url.starts_with(&format!("amqp://{user}:")) && url.ends_with(&host.name),
        "{url}"
    );
    let other = VirtualHost::create();
    assert_ne!(host.url(), other.url());
    let name = host.name.clone();
    assert!(other.ask("GET", "/api/vhosts", "").body.contains(&name));
    drop(host);
    assert!(!other.ask("GET", "/api/vhosts", "").body.contains(&name));
    assert!(!other.ask("GET", "/api/users", "").body.contains(&user));
}
