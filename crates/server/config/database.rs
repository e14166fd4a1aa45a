//! Where the rows are: in a file of the data folder, or in a database of a PostgreSQL server.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use store::Store;

use super::within_credentials;

/// Where the rows are.
#[derive(Debug, Clone)]
pub struct Database(Place);

#[derive(Debug, Clone)]
enum Place {
    File(PathBuf),
    Server {
        address: String,
        password: Option<Password>,
    },
}

impl Database {
    /// - `data`: the data folder, which has the file when there is no address.
    /// - `address`: of a database of PostgreSQL.
    /// - `password_file`: what holds its password; without one, the environment may.
    ///
    /// # Errors
    /// [`DatabaseFault`] in words that say what to write instead; none of them shows a password.
    pub fn find(
        data: &Path,
        address: Option<&str>,
        password_file: Option<&Path>,
    ) -> Result<Self, DatabaseFault> {
        let Some(address) = address else {
            return Ok(Self(Place::File(data.join("allo.db"))));
        };
        let behind = ["postgres://", "postgresql://"]
            .iter()
            .find_map(|scheme| address.strip_prefix(scheme))
            .ok_or(DatabaseFault::Address)?;
        let (server, rest) = behind.split_once('/').ok_or(DatabaseFault::Address)?;
        let user = server.rsplit_once('@').map_or("", |(user, _)| user);
        if user.contains(':') || rest.contains("password=") {
            return Err(DatabaseFault::InClear);
        }
        Ok(Self(Place::Server {
            address: address.to_owned(),
            password: password(password_file)?,
        }))
    }

    /// Opens it, and brings its tables up to date.
    ///
    /// # Errors
    /// As [`Store::open`] and [`Store::open_postgres`].
    pub async fn open(&self) -> Result<Store, store::Error> {
        let store = self.unopened().await?;
        store.join().await?;
        Ok(store)
    }

    /// The way to it, which [`Store::join`] opens.
    ///
    /// # Errors
    /// As [`Store::unopened`] and [`Store::unopened_postgres`].
    pub async fn unopened(&self) -> Result<Store, store::Error> {
        match &self.0 {
            Place::File(path) => Store::unopened(path).await,
            Place::Server { address, password } => {
                let password = password.as_ref().map(|Password(text)| text.as_str());
                Store::unopened_postgres(address, password).await
            }
        }
    }

    /// Copies the rows of one instant into an empty file while a service may be at work, and proves the copy; gives the
    /// rows of each table.
    ///
    /// # Errors
    /// As [`store::copy_database`] and [`store::copy_server`].
    pub async fn copy_to(&self, file: &Path) -> Result<BTreeMap<String, u64>, store::Error> {
        match &self.0 {
            Place::File(path) => store::copy_database(path, file).await,
            Place::Server { address, password } => {
                let password = password.as_ref().map(|Password(text)| text.as_str());
                store::copy_server(address, password, file).await
            }
        }
    }

    /// Whether the rows are in the data folder.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.0, Place::File(_))
    }

    /// Whether there is something to be read; a server is asked by [`Database::open`] alone.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match &self.0 {
            Place::File(path) => path.is_file(),
            Place::Server { .. } => true,
        }
    }

    /// The address as a configuration says it; none for a file.
    pub(super) fn address(&self) -> Option<String> {
        match &self.0 {
            Place::File(_) => None,
            Place::Server { address, .. } => Some(address.clone()),
        }
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => path.display().fmt(f),
            Place::Server { address, .. } => address.fmt(f),
        }
    }
}

/// Which database a command works on, besides the data folder.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct DatabaseOptions {
    /// The database of a PostgreSQL server, postgres://USER@HOST:PORT/NAME, without its password [default: allo.db in
    /// the data folder].
    #[arg(
        long,
        env = "ALLO_DATABASE",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database: Option<String>,
    /// A file that holds its password alone; a bare name is one of systemd's credentials [default: the password is in
    /// ALLO_DATABASE_PASSWORD, or there is none].
    #[arg(long, env = "ALLO_DATABASE_PASSWORD_FILE", value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,
}

impl DatabaseOptions {
    /// # Errors
    /// As [`Database::find`].
    pub fn find(&self, data: &Path) -> Result<Database, DatabaseFault> {
        let password_file = self.database_password_file.as_deref();
        Database::find(data, self.database.as_deref(), password_file)
    }
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseFault {
    /// Another kind of address, or none; it is not shown, for it may hold a password.
    #[error(
        "database is no address of PostgreSQL; write postgres://USER@HOST:PORT/NAME, or leave it out for a file in the \
         data folder"
    )]
    Address,
    /// The configuration is printed, copied and shown; a password is not.
    #[error(
        "the password does not stand in the address of the database; put it into a file of its own and name that by \
         database-password-file, or into ALLO_DATABASE_PASSWORD"
    )]
    InClear,
    /// The password is not there.
    #[error(
        "database-password-file {} cannot be read: {why}; write the path of a file that holds the password alone, or the \
         name of a credential of systemd (LoadCredential=)",
        path.display()
    )]
    PasswordFile {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Nothing in it.
    #[error("the password of the database in {0} is empty; put the password there")]
    NoPassword(String),
}

/// A password that no log shows.
#[derive(Clone)]
struct Password(String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a password")
    }
}

fn password(file: Option<&Path>) -> Result<Option<Password>, DatabaseFault> {
    let (text, place) = match file.map(within_credentials) {
        Some(path) => match std::fs::read_to_string(&path) {
            Ok(text) => (text, path.display().to_string()),
            Err(error) => {
                let why = error.to_string();
                return Err(DatabaseFault::PasswordFile { path, why });
            }
        },
        None => match std::env::var(VARIABLE) {
            Ok(text) => (text, VARIABLE.to_owned()),
            Err(_) => return Ok(None),
        },
    };
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err(DatabaseFault::NoPassword(place)),
        text => Ok(Some(Password(text.to_owned()))),
    }
}

const VARIABLE: &str = "ALLO_DATABASE_PASSWORD";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_address_the_rows_are_in_the_data_folder() {
        let database = Database::find(Path::new("data"), None, None).unwrap();
        assert_eq!(database.to_string(), "data/allo.db");
        assert_eq!(database.address(), None);
    }

    #[test]
    fn a_password_comes_from_a_file_and_shows_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let address = "postgres://allo@db.example:5432/allo?sslmode=verify-full";
        let database = Database::find(folder.path(), Some(address), Some(&file)).unwrap();

        assert!(!format!("{database:?} {database}").contains("hunter2"));
        assert_eq!(database.address().as_deref(), Some(address));
        match database.0 {
            Place::Server { password, .. } => assert_eq!(password.unwrap().0, "hunter2"),
            Place::File(path) => panic!("{}", path.display()),
        }
    }

    #[test]
    fn an_address_that_cannot_work_is_refused_in_words_and_without_its_password() {
        let refusal = |address: &str, file: Option<&str>| {
            let refused = Database::find(Path::new("data"), Some(address), file.map(Path::new));
            refused.unwrap_err().to_string()
        };
        for (address, word) in [
            ("allo.db", "postgres://USER@HOST"),
            ("mysql://allo@db/allo", "postgres://USER@HOST"),
            ("postgres://allo@db", "postgres://USER@HOST"),
            ("postgres://allo:hunter2@db/allo", "database-password-file"),
            (
                "postgresql://allo@db/allo?password=hunter2",
                "database-password-file",
            ),
        ] {
            let told = refusal(address, None);
            assert!(told.contains(word), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        let told = refusal("postgres://allo@db/allo", Some("/no/such/file"));
        assert!(told.contains("/no/such/file"), "{told}");
        let told = refusal("postgres://allo@db/allo", Some("/dev/null"));
        assert!(told.contains("/dev/null is empty"), "{told}");
    }
}
