//! What is served beside the Worker: the description of the interface and its page.

use anyhow::{Context, Result, ensure};
use e2e::{World, header, run};
use reqwest::Response;
use serde_json::Value;
use xtask::{openapi, paths, stack::Front};

async fn get(world: &World, path: &str) -> Result<Response> {
    let worker = &world.stack.worker;
    Ok(worker.http.get(format!("{}{path}", worker.url)).send().await?)
}

#[test]
fn the_description_is_served_as_it_is_kept() {
    run(Front::Worker, |world| async move {
        let answer = get(&world, "/openapi.json").await?;
        ensure!(header(answer.headers(), "content-type").contains("application/json"), "{answer:?}");
        let served: Value = answer.json().await?;
        let kept: Value = serde_json::from_str(&std::fs::read_to_string(paths::root().join(openapi::FILE))?)?;
        ensure!(served == kept);
        Ok(())
    });
}

#[test]
fn the_page_has_all_that_it_needs_and_may_load_nothing_else() {
    run(Front::Worker, |world| async move {
        let page = get(&world, "/docs").await?;
        ensure!(
            page.status() == 200 && header(page.headers(), "content-type").contains("text/html"),
            "{page:?}"
        );
        let policy = header(page.headers(), "content-security-policy").to_owned();
        ensure!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        let text = page.text().await?;
        let named: Vec<&str> = text
            .split('"')
            .filter(|part| part.starts_with('/') && (part.ends_with(".js") || part.ends_with(".css")))
            .collect();
        ensure!(named.len() == 3, "{named:?}");
        for path in named {
            let file = get(&world, path).await?;
            let kind = header(file.headers(), "content-type").to_owned();
            ensure!(
                file.status() == 200 && (kind.contains("javascript") || kind.contains("css")),
                "{path} {kind}"
            );
        }
        Ok(())
    });
}

#[test]
fn all_else_reaches_the_worker() {
    run(Front::Worker, |world| async move {
        for path in ["/docs/nothing", "/index.html", "/"] {
            let answer = get(&world, path).await?;
            ensure!(answer.status() == 404, "{path} {answer:?}");
            let problem: Value = answer.json().await.context("the Worker's problem")?;
            ensure!(problem["code"] == "not_found", "{problem}");
        }
        Ok(())
    });
}
