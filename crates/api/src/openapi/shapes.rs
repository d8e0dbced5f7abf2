//! The schemas of bodies.

use utoipa::{
    ToSchema,
    openapi::{
        ArrayBuilder, ContentBuilder, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema,
        content::Content,
        schema::{AdditionalProperties, SchemaType, Type},
    },
};

/// Schemas with their names.
pub(super) type Schemas = Vec<(String, RefOr<Schema>)>;

/// The schema of a body, and those that it refers to.
pub(super) struct Shape {
    pub(super) schema: RefOr<Schema>,
    pub(super) parts: Schemas,
    pub(super) content_type: &'static str,
}

impl Shape {
    /// Of a type.
    pub(super) fn of<T: ToSchema>() -> Self {
        let mut parts = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut parts);
        let schema = Ref::from_schema_name(T::name()).into();
        Self { schema, parts, content_type: "application/json" }
    }

    /// Of a page of a list.
    pub(super) fn page<T: ToSchema>() -> Self {
        let item = Self::of::<T>();
        let items = ArrayBuilder::new()
            .items(item.schema)
            .description(Some("About as many as asked for: lists by time may be a little longer."));
        let next = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("The `cursor` of the page after this one; null if there is none."));
        let page = ObjectBuilder::new()
            .description(Some("One page of a list."))
            .property("items", items)
            .property("next_cursor", next)
            .required("items")
            .required("next_cursor");
        let name = format!("{}Page", T::name());
        let mut parts = item.parts;
        parts.push((name.clone(), Schema::from(page).into()));
        Self { schema: Ref::from_schema_name(name).into(), parts, content_type: "application/json" }
    }

    /// Of a list that has no pages.
    pub(super) fn items<T: ToSchema>() -> Self {
        let item = Self::of::<T>();
        let list = ObjectBuilder::new()
            .description(Some("All of a list."))
            .property("items", ArrayBuilder::new().items(item.schema))
            .required("items");
        let name = format!("{}List", T::name());
        let mut parts = item.parts;
        parts.push((name.clone(), Schema::from(list).into()));
        Self { schema: Ref::from_schema_name(name).into(), parts, content_type: "application/json" }
    }

    /// One of several.
    pub(super) fn one_of(shapes: Vec<Self>) -> Self {
        let schema = shapes.iter().fold(OneOfBuilder::new(), |all, shape| all.item(shape.schema.clone()));
        let parts = shapes.into_iter().flat_map(|shape| shape.parts).collect();
        Self { schema: Schema::from(schema).into(), parts, content_type: "application/json" }
    }

    /// Text of another type of content.
    pub(super) fn text(content_type: &'static str, description: &str) -> Self {
        let text = ObjectBuilder::new().schema_type(Type::String).description(Some(description));
        Self { schema: Schema::from(text).into(), parts: Vec::new(), content_type }
    }

    /// An object without any fields.
    pub(super) fn empty(description: &str) -> Self {
        let nothing = AdditionalProperties::<Schema>::FreeForm(false);
        let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
        let schema = Schema::from(object.additional_properties(Some(nothing)));
        Self { schema: schema.into(), parts: Vec::new(), content_type: "application/json" }
    }

    /// An object about which nothing more is said.
    pub(super) fn object(description: &str) -> Self {
        let object = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
        Self { schema: Schema::from(object).into(), parts: Vec::new(), content_type: "application/json" }
    }

    /// Whether an absent body, which reads as `{}`, lacks something.
    pub(super) fn has_required_fields(&self) -> bool {
        let RefOr::Ref(reference) = &self.schema else { return false };
        let named =
            |(name, _): &&(String, RefOr<Schema>)| reference.ref_location.ends_with(&format!("/{name}"));
        let schema = self.parts.iter().find(named).map(|(_, schema)| schema);
        matches!(schema, Some(RefOr::T(Schema::Object(object))) if !object.required.is_empty())
    }

    pub(super) fn content(&self) -> Content {
        ContentBuilder::new().schema(Some(self.schema.clone())).build()
    }
}
