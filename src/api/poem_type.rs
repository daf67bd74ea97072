//! What poem-openapi wants to know of a type that it did not derive.

/// Implements `poem_openapi::types::Type` for a type by saying which schema it has and, where
/// that has components, how they are registered.
macro_rules! poem_type {
    ($type:ty, required = $required:expr, schema = $schema:expr $(, components = $components:ty)?) => {
        impl poem_openapi::types::Type for $type {
            const IS_REQUIRED: bool = $required;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
                $schema
            }

            $(fn register(registry: &mut poem_openapi::registry::Registry) {
                <$components as poem_openapi::types::Type>::register(registry);
            })?

            fn as_raw_value(&self) -> Option<&Self::RawValueType> {
                Some(self)
            }

            fn raw_element_iter<'a>(
                &'a self,
            ) -> Box<dyn Iterator<Item = &'a Self::RawElementValueType> + 'a> {
                Box::new(self.as_raw_value().into_iter())
            }
        }
    };
}

pub(super) use poem_type;
