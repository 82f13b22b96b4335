//! Who has access to the console, and the security headers of every answer.

use super::{Browser, form_token};
use crate::support::Cloud;
use reqwest::header::SET_COOKIE;
use testkit::api::TOKEN;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

#[tokio::test]
async fn strangers_are_asked_for_the_token_and_told_nothing() {
    let cloud = Cloud::with_stack().await;
    let mut browser = Browser::new(&cloud);
    for path in [
        "/",
        "/acme",
        "/nothing",
        "/acme/web/dev",
        "/events/acme",
        "/welcome/cli",
    ] {
        let page = browser.open(path).await.expect(401);
        assert!(page.contains(r#"<input id="token""#), "{path}");
        assert!(!page.contains("web/dev</a>"), "{path}");
    }
    // The API has no pages, not even for those who are not signed in.
    for path in [
        "/api/user",
        "/api/acme",
        "/api/acme/web",
        "/api/acme/web/dev",
    ] {
        let answer = browser.open(path).await.expect(401);
        assert!(answer.starts_with(r#"{"code":401"#), "{path}");
    }
    browser.cookie = "local_cloud_1=x".to_owned();
    browser.open("/").await.expect(401);
    browser.open("/?key=x").await.expect(401);
    let style = browser.open("/assets/console.css").await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    browser
        .open("/assets/..%2f..%2fCargo.toml")
        .await
        .expect(404);
}

#[tokio::test]
async fn no_path_leads_to_another_host() {
    let cloud = Cloud::start().await;
    let mut browser = Browser::new(&cloud);
    let key = cloud.server.app().console_link("").unwrap();
    let (_, key) = key.split_once('?').unwrap();
    for path in [
        "//evil.example",
        "/%2Fevil.example/x",
        "/%2fevil.example",
        "/%5Cevil.example/x",
    ] {
        let strange = browser.open(&format!("{path}?{key}")).await;
        assert_eq!(strange.headers.get("location"), None, "{path}");
        let page = strange.expect(404);
        assert!(!page.contains("evil.example"), "{path}: {page}");
    }
    browser.open(&format!("/?{key}")).await.expect(200);
    browser.open("/%2Fevil.example/x").await.expect(404);
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let cloud = Cloud::start().await;
    let link = cloud.server.app().console_link("").unwrap();
    let mut browser = Browser::new(&cloud);
    let shown = browser.open(&link).await;
    let cookie = shown.headers[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(
        cookie.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict"),
        "{cookie}"
    );
    assert!(shown.expect(200).contains(r#"<a href="/">Go on</a>"#));
    assert!(
        browser
            .open("/")
            .await
            .expect(200)
            .contains(r#"<a href="/acme">acme</a>"#)
    );
    // The key does not stay in the address, and works only once.
    assert_eq!(browser.open(&link).await.location(), "/");
    Browser::new(&cloud).open(&link).await.expect(401);
}

#[tokio::test]
async fn the_token_signs_in_and_out() {
    let cloud = Cloud::start().await;
    let mut browser = Browser::new(&cloud);
    let origin = browser.origin().to_owned();
    let wrong = browser
        .post(&origin, "/sign-in", &[("token", "x"), ("next", "/acme")])
        .await
        .expect(401);
    assert!(
        wrong.contains("This is not the token") && wrong.contains(r#"name="next" value="/acme""#)
    );
    let right = [("token", TOKEN), ("next", "/acme")];
    browser
        .post("http://127.0.0.1:1", "/sign-in", &right)
        .await
        .expect(403);
    assert_eq!(browser.cookie, "");
    let shown = browser.post(&origin, "/sign-in", &right).await;
    assert_eq!((shown.status, shown.location()), (303, "/acme"));
    let page = browser.open("/acme").await.expect(200);
    assert!(!page.contains(TOKEN));
    let elsewhere = browser
        .post(
            &origin,
            "/sign-in",
            &[("token", TOKEN), ("next", "//evil.test")],
        )
        .await;
    assert_eq!(elsewhere.location(), "/");

    let token = form_token(&browser.open("/").await.expect(200));
    let kept = browser.cookie.clone();
    browser
        .post(&origin, "/sign-out", &[("form_token", &token)])
        .await
        .expect(303);
    browser.cookie = kept;
    browser.open("/").await.expect(401);
}

#[tokio::test]
async fn every_answer_forbids_what_the_pages_do_not_need() {
    let cloud = Cloud::with_stack().await;
    let mut browser = Browser::signed_in(&cloud).await;
    for path in [
        "/",
        "/acme",
        "/acme/web/dev",
        "/nothing",
        "/assets/console.js",
        "/sign-in",
    ] {
        let shown = browser.open(path).await;
        let header = |name: &str| shown.headers[name].to_str().unwrap().to_owned();
        assert_eq!(header("content-security-policy"), POLICY);
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "no-store");
        for inline in ["<style", " style=", " onclick=", "<script>", "javascript:"] {
            assert!(
                !shown.text.contains(inline) || path.starts_with("/assets"),
                "{path}: {inline}"
            );
        }
    }
    let api = cloud.get("/api/user").await;
    api.expect(200);
}
