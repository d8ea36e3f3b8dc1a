//! The route table's routes and what is told of them.

use axum::Router;
use axum::routing::MethodFilter;
use utoipa::openapi::path::HttpMethod;

use super::{Call, Endpoint};
use crate::Api;

/// Routes, each with its description.
pub(crate) struct Table {
    /// Whether what is added needs a token.
    needs_token: bool,
    /// The routes that need no token.
    pub(crate) open: Router<Api>,
    /// The routes that need one.
    pub(crate) with_token: Router<Api>,
    /// What is told of them all.
    pub(crate) calls: Vec<Call>,
}

impl Table {
    /// For calls that need no token.
    pub(crate) fn open() -> Self {
        let (open, with_token) = (Router::new(), Router::new());
        Self { needs_token: false, open, with_token, calls: Vec::new() }
    }

    /// For calls that need a merchant's token.
    pub(crate) fn with_token() -> Self {
        Self { needs_token: true, ..Self::open() }
    }

    pub(crate) fn get(self, path: &'static str, endpoint: Endpoint) -> Self {
        self.route(HttpMethod::Get, MethodFilter::GET, path, endpoint)
    }

    pub(crate) fn post(self, path: &'static str, endpoint: Endpoint) -> Self {
        self.route(HttpMethod::Post, MethodFilter::POST, path, endpoint)
    }

    pub(crate) fn put(self, path: &'static str, endpoint: Endpoint) -> Self {
        self.route(HttpMethod::Put, MethodFilter::PUT, path, endpoint)
    }

    pub(crate) fn patch(self, path: &'static str, endpoint: Endpoint) -> Self {
        self.route(HttpMethod::Patch, MethodFilter::PATCH, path, endpoint)
    }

    fn route(
        mut self,
        method: HttpMethod,
        filter: MethodFilter,
        path: &'static str,
        endpoint: Endpoint,
    ) -> Self {
        let Endpoint { route, told } = endpoint;
        let Self { needs_token, open, with_token, .. } = self;
        if needs_token {
            (self.open, self.with_token) = (open, with_token.route(path, route(filter)));
        } else {
            (self.open, self.with_token) = (open.route(path, route(filter)), with_token);
        }
        self.calls.push(Call { method, path, needs_token, endpoint: told });
        self
    }

    /// The routes of both.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.open = self.open.merge(other.open);
        self.with_token = self.with_token.merge(other.with_token);
        self.calls.extend(other.calls);
        self
    }
}
