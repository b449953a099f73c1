// Writes aws-schema.json: attributes, blocks and their types of the resources
// that infra/terraform uses, as the AWS provider 6.25.0 has them. They are read
// from npm's @cdktf/provider-aws 21.22.1 (MPL-2.0), whose classes are generated
// from that provider. The package has 390 MB, so it is no dependency:
//
//   npm pack @cdktf/provider-aws@21.22.1 && tar xzf cdktf-provider-aws-21.22.1.tgz
//   node schema.mjs package/lib ../../terraform
//
// Not in the schema: checks of values, and the fields of attributes that are
// objects. Blocks that may occur once are told from lists by their type.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [lib, terraform] = process.argv.slice(2);

const scalars = {
  string: "string",
  number: "number",
  boolean: "bool",
  stringList: ["list", "string"],
  numberList: ["list", "number"],
  booleanList: ["list", "bool"],
  stringMap: ["map", "string"],
  numberMap: ["map", "number"],
  booleanMap: ["map", "bool"],
};

// What a class writes for one argument.
const argument =
  /^\s+"?([a-z0-9_]+)"?: \{\s*\n\s+value: (.*),\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)"/gm;

/** The snake_case names of the properties of an interface that are required. */
function required(types, name) {
  const body = types.match(new RegExp(`export interface ${name} (?:extends [^{]+)?\\{([\\s\\S]*?)\\n\\}`))?.[1] ?? "";
  const property = /#([a-z0-9_]+)\s+\w+#[a-z0-9_]+\}(?:(?!readonly)[\s\S])*?readonly \w+(\??):/g;
  return new Set([...body.matchAll(property)].filter((m) => !m[2]).map((m) => m[1]));
}

/** Attributes and blocks that the text of a class or function writes. */
function shape(text, code, types, needed) {
  const out = { attributes: {}, blocks: {} };
  for (const [, name, value, isBlock, kind, storage] of text.matchAll(argument)) {
    if (name === "timeouts") continue;
    const writer = value.match(/\b([a-z]\w*)ToHclTerraform/)?.[1];
    if (storage in scalars || !writer) {
      let type = scalars[storage] ?? "dynamic";
      if (Array.isArray(type) && kind === "set") type = ["set", type[1]];
      out.attributes[name] = needed.has(name) ? { type, required: true } : { type };
    } else if (isBlock === "true") {
      const body = code.match(new RegExp(`function ${writer}ToHclTerraform\\(struct\\) \\{([\\s\\S]*?)\\n\\}`))?.[1] ?? "";
      const block = shape(body, code, types, required(types, writer[0].toUpperCase() + writer.slice(1)));
      const many = value.includes("listMapper");
      out.blocks[name] = { mode: kind === "set" ? "set" : "list", min: needed.has(name) ? 1 : 0, max: many ? 0 : 1, block };
    } else {
      out.attributes[name] = needed.has(name) ? { type: "dynamic", required: true } : { type: "dynamic" };
    }
  }
  return out;
}

/** The schema of one resource or data source. */
function schemaOf(dir) {
  const code = readFileSync(join(lib, dir, "index.js"), "utf8");
  const types = readFileSync(join(lib, dir, "index.d.ts"), "utf8");
  const name = types.match(/export declare class (\w+) extends cdktf\.Terraform(?:Resource|DataSource)/)[1];
  const own = code.slice(code.indexOf(`class ${name} extends`));
  const out = shape(code.slice(code.lastIndexOf("synthesizeHclAttributes() {")), code, types, required(types, `${name}Config`));
  for (const [, kind, read, list] of own.matchAll(/get(\w+)Attribute\('([a-z0-9_]+)'\)|new \w+\(this, "([a-z0-9_]+)"/g)) {
    const attribute = read ?? list;
    if (attribute === "timeouts" || out.attributes[attribute] || out.blocks[attribute]) continue;
    const type = { String: "string", Number: "number", Boolean: "bool" }[kind] ?? "dynamic";
    out.attributes[attribute] = { type, computed: true };
  }
  return out;
}

// The types that the modules use.
const used = new Set();
for (const file of readdirSync(terraform, { recursive: true }).filter((f) => f.endsWith(".tf"))) {
  const text = readFileSync(join(terraform, file), "utf8");
  for (const [, kind, type] of text.matchAll(/^(resource|data) "(aws_\w+)"/gm)) {
    used.add((kind === "data" ? "data." : "") + type);
  }
}
const lines = [];
for (const type of [...used].sort()) {
  const dir = type.replace(/^data\.aws_/, "data-aws-").replace(/^aws_/, "").replaceAll("_", "-");
  lines.push(`${JSON.stringify(type)}: ${JSON.stringify(schemaOf(dir))}`);
}
writeFileSync(new URL("aws-schema.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
console.log(lines.length, "types");
