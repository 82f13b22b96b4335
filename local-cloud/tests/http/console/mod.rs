//! The pages in a browser without JavaScript.

mod access;
mod pages;
mod windows;

use crate::support::Cloud;
use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};

/// A browser without JavaScript.
struct Browser<'a> {
    cloud: &'a Cloud,
    client: Client,
    cookie: String,
}

/// An answer to the browser.
struct Shown {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Shown {
    #[track_caller]
    fn expect(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        self.text
    }

    fn location(&self) -> &str {
        self.headers[LOCATION].to_str().unwrap()
    }
}

impl Browser<'_> {
    /// A browser that is not signed in.
    fn new(cloud: &Cloud) -> Browser<'_> {
        let client = Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .redirect(Policy::none());
        Browser {
            cloud,
            client: client.build().unwrap(),
            cookie: String::new(),
        }
    }

    /// A browser that followed the link that the command prints.
    async fn signed_in(cloud: &Cloud) -> Browser<'_> {
        let mut browser = Browser::new(cloud);
        let link = cloud.server.app().console_link("").unwrap();
        browser.open(&link).await.expect(200);
        browser
    }

    async fn open(&mut self, path: &str) -> Shown {
        let request = self.client.get(self.cloud.url(path));
        self.send(request).await
    }

    /// Posts a form as a page of `origin` would.
    async fn post(&mut self, origin: &str, path: &str, form: &[(&str, &str)]) -> Shown {
        let request = self
            .client
            .post(self.cloud.url(path))
            .header(ORIGIN, origin);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = request
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Shown {
        let answer = request.header(COOKIE, &self.cookie).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        if let Some(cookie) = headers.get(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap().split(';').next().unwrap();
            cookie.clone_into(&mut self.cookie);
        }
        Shown {
            status,
            headers,
            text: answer.text().await.unwrap(),
        }
    }

    fn origin(&self) -> &str {
        self.cloud.server.url()
    }
}

/// The value of the hidden field in every form of a page.
fn form_token(page: &str) -> String {
    let (_, rest) = page.split_once(r#"name="form_token" value=""#).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The address to which each form of a page is posted.
fn actions(page: &str) -> Vec<&str> {
    let forms = page.split("action=\"").skip(1);
    forms.map(|rest| rest.split('"').next().unwrap()).collect()
}
