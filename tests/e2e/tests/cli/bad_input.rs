//! What is wrong is said in words, with an exit code of its own.

use crate::apishopee::Apishopee;
use anyhow::{Result, ensure};
use e2e::run;
use std::os::unix::fs::PermissionsExt;
use xtask::stack::Front;

async fn fails(program: &Apishopee, arguments: &[&str], code: i32, word: &str) -> Result<()> {
    let ended = program.run(arguments).await?;
    ensure!(
        ended.code == Some(code) && ended.stderr.contains(word),
        "{arguments:?}, expected {code} and {word}: {ended:?}"
    );
    ensure!(ended.stdout.is_empty(), "{ended:?}");
    Ok(())
}

#[test]
fn each_mistake_has_its_code_and_says_what_to_do() {
    run(Front::Worker, |world| async move {
        let secrets = &world.stack.secrets;
        let admin = Apishopee::of(&world, &secrets.admin_token).await?;
        fails(&admin, &["shops", "--no-such"], 2, "--no-such").await?;
        fails(&admin, &["sync", "five"], 2, "invalid value 'five'").await?;
        fails(&admin, &["--context", "elsewhere", "shops"], 2, "there is no context 'elsewhere'").await?;
        fails(&admin, &["settings", "set", "chunk_size", "five", "--reason", "x"], 2, "must be a number")
            .await?;
        fails(&admin, &["shops", "show", "999999999"], 4, "404 not_found").await?;
        fails(&admin, &["runs", "show", "x"], 5, "run_id: ").await?;
        // What is typed as an id is no way to another address.
        fails(&admin, &["runs", "cancel", "../shops/5/reset?x="], 5, "run_id: ").await?;
        fails(&admin, &["budgets", "stop"], 2, "add --yes").await?;
        fails(&admin, &["shops", "delete", "5"], 4, "unknown").await?;
        let wrong = Apishopee::of(&world, "wrong").await?;
        fails(&wrong, &["shops"], 3, "context's token").await?;
        let ended = Apishopee::of(&world, &secrets.ended_token).await?;
        fails(&ended, &["shops"], 3, "has ended").await?;
        let viewer = Apishopee::of(&world, &secrets.viewer_token).await?;
        fails(&viewer, &["queue", "process"], 3, "higher role").await?;
        let away =
            vec![("APISHOPEE_URL", "http://127.0.0.1:1".to_owned()), ("APISHOPEE_TOKEN", "t".to_owned())];
        fails(&Apishopee::with(away).await?, &["shops"], 6, "no answer").await?;
        let elsewhere =
            vec![("APISHOPEE_URL", world.stack.shopee.url()), ("APISHOPEE_TOKEN", "t".to_owned())];
        fails(&Apishopee::with(elsewhere).await?, &["shops"], 6, "apishopee").await?;
        // An address in the environment goes before a context there, as the manual says.
        let both = vec![
            ("APISHOPEE_URL", world.stack.worker.url.clone()),
            ("APISHOPEE_TOKEN", secrets.viewer_token.clone()),
            ("APISHOPEE_CONTEXT", "elsewhere".to_owned()),
        ];
        Apishopee::with(both).await?.run(&["shops", "--limit", "1"]).await?.expect(0)?;
        let open =
            vec![("APISHOPEE_URL", "http://ads.example.com".to_owned()), ("APISHOPEE_TOKEN", "t".to_owned())];
        fails(&Apishopee::with(open).await?, &["shops"], 2, "https://").await?;
        Ok(())
    });
}

#[test]
fn a_context_keeps_the_address_and_never_the_token() {
    run(Front::Worker, |world| async move {
        let folder = world.stack.folder().join("command-line");
        std::fs::create_dir_all(&folder)?;
        let (config, token) = (folder.join("config.toml"), folder.join("token"));
        std::fs::write(&token, &world.stack.secrets.viewer_token)?;
        let program = Apishopee::with(vec![
            ("APISHOPEE_CONFIG", config.display().to_string()),
            ("VIEWER", world.stack.secrets.viewer_token.clone()),
        ])
        .await?;
        fails(&program, &["shops"], 2, "context add").await?;
        let url = &world.stack.worker.url;
        program.run(&["context", "add", "local", "--url", url, "--token-env", "VIEWER"]).await?.expect(0)?;
        let from_file =
            ["context", "add", "file", "--url", url, "--token-file", &token.display().to_string()];
        program.run(&from_file).await?.expect(0)?;
        program.run(&["shops", "--limit", "1"]).await?.expect(0)?;
        program.run(&["context", "use", "file"]).await?.expect(0)?;
        fails(&program, &["shops"], 2, "chmod 600").await?;
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600))?;
        program.run(&["shops", "--limit", "1"]).await?.expect(0)?;
        let listed = program.json(&["context", "list"]).await?;
        ensure!(listed[0]["name"] == "file" && listed[0]["current"] == true, "{listed}");
        ensure!(!std::fs::read_to_string(&config)?.contains(&world.stack.secrets.viewer_token));
        program.run(&["context", "remove", "file"]).await?.expect(0)?;
        fails(&program, &["shops"], 2, "no deployment is chosen").await?;
        fails(&program, &["context", "use", "file"], 2, "no context 'file'").await?;
        ensure!(program.run(&["completions", "bash"]).await?.expect(0)?.contains("apishopee"));
        ensure!(program.run(&["man"]).await?.expect(0)?.contains(".TH apishopee"));
        Ok(())
    });
}
