// `npm install && npm run synth` writes the stack's template to template.json, which a test compares with the declaration.
// `npm test` asserts on a synthesis. tables.js is written by `manage.py dynamodb cdk > deploy/cdk/tables.js`.
const { App, Stack } = require("aws-cdk-lib");
const { YshTables } = require("./tables");

const app = new App({ analyticsReporting: false });
const stack = new Stack(app, "YshTables");
new YshTables(stack, "Tables", { prefix: app.node.tryGetContext("prefix") ?? "ysh-" });
const template = app.synth().getStackByName(stack.stackName).template;
process.stdout.write(JSON.stringify(template, null, 2) + "\n");
