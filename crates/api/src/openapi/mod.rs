//! The OpenAPI document, made from the route table and the types of requests and answers.

mod operations;
mod parameters;
mod problems;
mod shapes;

use self::{operations::Operation, problems::Code, shapes::Shape};
use crate::{
    older::OlderError,
    problem::Problem,
    role::Role,
    route::{ADS_SCHEDULER, ADS_SYNC, ROUTES, Route},
};
use std::collections::BTreeMap;
use utoipa::openapi::{
    ComponentsBuilder, HttpMethod, Info, License, OpenApi, OpenApiBuilder, PathItem, Paths, Required,
    ResponseBuilder,
    path::{self, OperationBuilder},
    request_body::RequestBodyBuilder,
    security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

/// The name of the security scheme.
const BEARER: &str = "token";

/// The document.
#[must_use]
pub fn document() -> OpenApi {
    let (mut paths, mut schemas) = (Paths::new(), BTreeMap::new());
    for route in ROUTES {
        let (operation, parts) = operation(route);
        schemas.extend(parts);
        let item = PathItem::new(method(route.method), operation);
        match paths.paths.get_mut(route.path) {
            Some(known) => known.merge_operations(item),
            None => {
                paths.paths.insert(route.path.to_owned(), item);
            }
        }
    }
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A token of `API_TOKENS`. Each role has the rights of the ones before it: viewer, operator, admin.",
    ));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas)
        .security_scheme(BEARER, SecurityScheme::Http(token.build()))
        .build();
    let mut info = Info::new("apishopee ads sync", env!("CARGO_PKG_VERSION"));
    info.description = Some(
        "Keeps the ad campaigns of Shopee shops, their performance and their budgets in step with Postgres."
            .to_owned(),
    );
    info.license = Some(License::new("Apache-2.0"));
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components)).build()
}

fn method(name: &str) -> HttpMethod {
    match name {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(route: &Route) -> (path::Operation, shapes::Schemas) {
    let Operation { summary, tag, body, answers } = Operation::of(route.endpoint);
    let parameters = parameters::of(route);
    let codes = problems::of(route.endpoint, route.role, !parameters.is_empty(), body.is_some());
    let is_older = [ADS_SYNC, ADS_SCHEDULER].contains(&route.path);
    let problem = if is_older {
        Shape::of::<OlderError>()
    } else {
        Shape { content_type: "application/problem+json", ..Shape::of::<Problem>() }
    };
    let mut operation = OperationBuilder::new()
        .operation_id(Some(format!("{:?}", route.endpoint)))
        .tag(tag)
        .summary(Some(summary))
        .description(Some(match route.role {
            Role::Anyone => "Without a token.".to_owned(),
            role => format!("Role: {}.", role.as_str()),
        }));
    if route.role > Role::Anyone {
        operation = operation.security(SecurityRequirement::new(BEARER, Vec::<String>::new()));
    }
    for parameter in parameters {
        operation = operation.parameter(parameter);
    }
    let mut schemas = problem.parts.clone();
    if let Some(body) = body {
        let content = RequestBodyBuilder::new().content(body.content_type, body.content());
        let required = if body.has_required_fields() { Required::True } else { Required::False };
        operation = operation.request_body(Some(content.required(Some(required)).build()));
        schemas.extend(body.parts);
    }
    for (status, shape) in answers {
        let response = ResponseBuilder::new().description("It is done.");
        let response = response.content(shape.content_type, shape.content()).build();
        operation = operation.response(status.to_string(), response);
        schemas.extend(shape.parts);
    }
    if route.is_list() {
        let response = ResponseBuilder::new().description("The list is as the caller has it.");
        operation = operation.response("304", response.build());
    }
    for (status, codes) in by_status(&codes, is_older) {
        let told = codes.iter().map(|code| format!("`{}`: {}", code.code, code.when));
        let response = ResponseBuilder::new().description(told.collect::<Vec<_>>().join(" "));
        let response = response.content(problem.content_type, problem.content()).build();
        operation = operation.response(status.to_string(), response);
    }
    (operation.build(), schemas)
}

/// For the older functions every invalid request is 400.
fn by_status<'a>(codes: &[&'a Code], is_older: bool) -> BTreeMap<u16, Vec<&'a Code>> {
    let mut found: BTreeMap<u16, Vec<&Code>> = BTreeMap::new();
    for code in codes {
        let status = if is_older && code.status == 422 { 400 } else { code.status };
        found.entry(status).or_default().push(code);
    }
    found
}
