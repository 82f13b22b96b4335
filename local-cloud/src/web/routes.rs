//! Routes with names: one list makes both the router and the description of what is served.

use crate::app::App;
use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};

/// A served route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Served {
    /// Its method, in capitals.
    pub(crate) method: &'static str,
    /// Its path, with the names of its parameters in braces.
    pub(crate) path: String,
    /// The name of its handler, such as `stacks_read`. The name and the path together are unique.
    pub(crate) operation: String,
}

/// A router, and the list of its routes.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    router: Router<App>,
    served: Vec<Served>,
}

impl Routes {
    /// Adds a route for `GET`.
    pub(crate) fn get<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Routes {
        self.on(MethodFilter::GET, "GET", path, handler)
    }

    /// Adds a route for `POST`.
    pub(crate) fn post<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Routes {
        self.on(MethodFilter::POST, "POST", path, handler)
    }

    /// Adds a route for `PUT`.
    pub(crate) fn put<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Routes {
        self.on(MethodFilter::PUT, "PUT", path, handler)
    }

    /// Adds a route for `PATCH`.
    pub(crate) fn patch<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Routes {
        self.on(MethodFilter::PATCH, "PATCH", path, handler)
    }

    /// Adds a route for `DELETE`.
    pub(crate) fn delete<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Routes {
        self.on(MethodFilter::DELETE, "DELETE", path, handler)
    }

    /// Adds a route for `HEAD`.
    pub(crate) fn head<H: Handler<T, App>, T: 'static>(self, path: &str, handler: H) -> Routes {
        self.on(MethodFilter::HEAD, "HEAD", path, handler)
    }

    fn on<H: Handler<T, App>, T: 'static>(
        mut self,
        filter: MethodFilter,
        method: &'static str,
        path: &str,
        handler: H,
    ) -> Routes {
        self.served.push(Served {
            method,
            path: path.to_owned(),
            operation: name_of::<H>(),
        });
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    /// Adds routes below a path.
    pub(crate) fn nest(mut self, path: &str, inner: Routes) -> Routes {
        let below = inner.served.into_iter().map(|one| Served {
            path: format!("{path}{}", one.path.trim_end_matches('/')),
            ..one
        });
        self.served.extend(below);
        self.router = self.router.nest(path, inner.router);
        self
    }

    /// Adds other routes.
    pub(crate) fn merge(mut self, other: Routes) -> Routes {
        self.served.extend(other.served);
        self.router = self.router.merge(other.router);
        self
    }

    /// The router, and the list of its routes.
    pub(crate) fn into_parts(self) -> (Router<App>, Vec<Served>) {
        (self.router, self.served)
    }
}

/// The module and the name of a handler.
fn name_of<H>() -> String {
    let parts: Vec<_> = std::any::type_name::<H>().split("::").collect();
    let from = parts.len().saturating_sub(2);
    parts[from..].join("_")
}
