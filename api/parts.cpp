// Placeholder so that the library has a source; replaced by the parts themselves.
namespace tenantry {}
