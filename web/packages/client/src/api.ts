// The types of the API, generated from the service's OpenAPI document. The build puts a copy of the generated
// file in this one's place, so that the package is complete.
export type { components, operations, paths } from "../../../src/api.js";
