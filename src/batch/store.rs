//! Where results go: a folder, or S3-like storage by its URL.

use std::ffi::OsString;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, ObjectStoreScheme, PutMode, PutOptions};
use tokio::runtime::Runtime;

use crate::run::RunError;

/// Objects by name. An object is there whole or not at all, whenever the program is killed.
pub struct Store {
    place: String,
    store: Arc<dyn ObjectStore>,
    prefix: Path,
    runtime: Runtime,
}

impl Store {
    /// A folder, which is made, or a URL (`s3://BUCKET/PREFIX`); what S3 needs beside it is read from the
    /// environment (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT`, …).
    ///
    /// # Errors
    /// If it can't be had.
    pub fn open(place: &str) -> Result<Self, RunError> {
        let wrong = |found: String| {
            RunError::Usage(format!(
                "{place}: expected a folder or a URL to write to, found {found}"
            ))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| RunError::Internal(format!("storage: {e}")))?;
        let (store, prefix): (Arc<dyn ObjectStore>, Path) = if place.contains("://") {
            // There may be one already.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let url = url::Url::parse(place).map_err(|e| wrong(e.to_string()))?;
            let is_s3 = matches!(
                ObjectStoreScheme::parse(&url),
                Ok((ObjectStoreScheme::AmazonS3, _))
            );
            let settings = if is_s3 {
                settings(place, std::env::vars_os())?
            } else {
                Vec::new()
            };
            let (store, prefix) =
                object_store::parse_url_opts(&url, settings).map_err(|e| wrong(e.to_string()))?;
            (Arc::from(store), prefix)
        } else {
            std::fs::create_dir_all(FilePath::new(place)).map_err(|e| wrong(e.to_string()))?;
            let store =
                LocalFileSystem::new_with_prefix(place).map_err(|e| wrong(e.to_string()))?;
            (Arc::new(store), Path::default())
        };
        Ok(Self {
            place: place.to_owned(),
            store,
            prefix,
            runtime,
        })
    }

    /// As it was given.
    pub fn place(&self) -> &str {
        &self.place
    }

    fn path(&self, name: &str) -> Path {
        name.split('/')
            .fold(self.prefix.clone(), |path, part| path.join(part))
    }

    fn fault(&self, name: &str, error: impl ToString) -> RunError {
        RunError::Usage(format!("{}/{name}: {}", self.place, error.to_string()))
    }

    /// Writes an object, in place of one of that name.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), RunError> {
        let path = self.path(name);
        let put = self.store.put(&path, bytes.into());
        let done = self.runtime.block_on(put);
        done.map(|_| ()).map_err(|e| self.fault(name, e))
    }

    /// Writes an object where none of that name is; whether it did.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn create(&self, name: &str, bytes: Vec<u8>) -> Result<bool, RunError> {
        let options = PutOptions::from(PutMode::Create);
        let path = self.path(name);
        let put = self.store.put_opts(&path, bytes.into(), options);
        match self.runtime.block_on(put) {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(self.fault(name, error)),
        }
    }

    /// An object; `None` where there is none of that name.
    ///
    /// # Errors
    /// If it can't be read.
    pub fn get(&self, name: &str) -> Result<Option<Bytes>, RunError> {
        let path = self.path(name);
        let get = async { self.store.get(&path).await?.bytes().await };
        match self.runtime.block_on(get) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.fault(name, error)),
        }
    }

    /// Takes an object away.
    ///
    /// # Errors
    /// If it can't be taken away.
    pub fn delete(&self, name: &str) -> Result<(), RunError> {
        let path = self.path(name);
        let done = self.runtime.block_on(self.store.delete(&path));
        done.map_err(|e| self.fault(name, e))
    }

    /// Names of the objects below a name, sorted.
    ///
    /// # Errors
    /// If they can't be listed.
    pub fn list(&self, below: &str) -> Result<Vec<String>, RunError> {
        use futures_util::TryStreamExt;
        let path = self.path(below);
        let list = self.store.list(Some(&path));
        let found = list.map_ok(|about| about.location).try_collect::<Vec<_>>();
        let found = self
            .runtime
            .block_on(found)
            .map_err(|e| self.fault(below, e))?;
        let mut names: Vec<String> = found
            .iter()
            .filter_map(|path| {
                let parts = path.prefix_match(&self.prefix)?;
                let parts: Vec<_> = parts.map(|p| p.as_ref().to_owned()).collect();
                Some(parts.join("/"))
            })
            .collect();
        names.sort();
        Ok(names)
    }
}

/// Variables that say where S3-like storage is.
const ENDPOINTS: [&str; 3] = ["AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"];
/// Variables any of which gives credentials otherwise than by a key, or says that none are needed.
const OTHER_CREDENTIALS: [&str; 5] = [
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_METADATA_ENDPOINT",
    "AWS_SKIP_SIGNATURE",
];

/// What the environment says of S3-like storage; variables that are empty count as missing.
///
/// # Errors
/// If an endpoint is no URL, or nothing gives credentials: what comes after this panics at the one, and asks a
/// metadata service that seldom is there for the other.
fn settings(
    place: &str,
    environment: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, RunError> {
    let text = environment.filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        (name.starts_with("AWS_") && !value.is_empty()).then_some((name, value))
    });
    let mut all: Vec<(String, String)> = text.collect();
    let has = |name: &str| all.iter().any(|(known, _)| known == name);
    let is_given = OTHER_CREDENTIALS.iter().any(|name| has(name));
    let missing: Vec<_> = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
        .into_iter()
        .filter(|name| !has(name))
        .collect();
    // Half a key is wrong whatever else there is.
    if missing.len() == 1 || (missing.len() == 2 && !is_given) {
        return Err(RunError::Usage(format!(
            "{place}: expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, found no {}",
            missing.join(" and no ")
        )));
    }
    let mut is_plain = false;
    for (name, value) in &mut all {
        if !ENDPOINTS.contains(&name.as_str()) {
            continue;
        }
        let url = url::Url::parse(value).ok();
        let url = url.filter(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
        let Some(url) = url else {
            return Err(RunError::Usage(format!(
                "{name}: expected an http or https URL with a host, as in http://localhost:9000, found {value:?}"
            )));
        };
        is_plain |= url.scheme() == "http";
        *value = url.to_string();
    }
    if is_plain {
        // Before the others, so that who sets it is heard.
        all.insert(0, ("AWS_ALLOW_HTTP".to_owned(), "true".to_owned()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        let all = variables.iter().map(|(n, v)| (n.into(), v.into()));
        settings("s3://bucket", all).map_err(|e| e.to_string())
    }

    #[test]
    fn endpoints_and_credentials_are_checked() {
        let (id, secret) = (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"));
        assert_eq!(
            of(&[id, secret, ("TOKEN", "c")]).map(|all| all.len()),
            Ok(2)
        );
        for wrong in [
            "garbage",
            "localhost:9",
            "http://",
            "ftp://host",
            "http://a b",
        ] {
            let told = of(&[id, secret, ("AWS_ENDPOINT", wrong)]);
            let is_told = told.is_err_and(|t| t.starts_with("AWS_ENDPOINT: expected an http"));
            assert!(is_told, "{wrong}");
        }
        let allows = |endpoint| {
            let all = of(&[id, secret, ("AWS_ENDPOINT", endpoint)]);
            all.is_ok_and(|all| all.iter().any(|(name, _)| name == "AWS_ALLOW_HTTP"))
        };
        assert!(allows("http://localhost:9000") && !allows("https://localhost:9000"));
        for (given, missing) in [
            (&[][..], "no AWS_ACCESS_KEY_ID and no AWS_SECRET_ACCESS_KEY"),
            (&[id][..], "found no AWS_SECRET_ACCESS_KEY"),
            (
                &[secret, ("AWS_ACCESS_KEY_ID", "")][..],
                "found no AWS_ACCESS_KEY_ID",
            ),
        ] {
            assert!(of(given).is_err_and(|t| t.ends_with(missing)), "{missing}");
        }
        assert!(of(&[("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/a")]).is_ok());
    }
}
