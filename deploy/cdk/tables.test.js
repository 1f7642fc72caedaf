// `npm install && npm test`: the construct's tables, asserted on a real synthesis.
const assert = require("node:assert/strict");
const test = require("node:test");
const { App, Stack } = require("aws-cdk-lib");
const { Match, Template } = require("aws-cdk-lib/assertions");
const { YshTables } = require("./tables");

const stack = new Stack(new App({ analyticsReporting: false }), "YshTables");
new YshTables(stack, "Tables", { prefix: "other-" });
const template = Template.fromStack(stack);

const TABLES = [
  ["pipeline-cache", ["SourceIndex", "CategoryIndex"], "ALL", true],
  ["ingestion-metadata", ["WorkflowIndex", "StatusIndex"], "ALL", true],
  ["api-cache", ["EndpointIndex"], "KEYS_ONLY", false],
  ["sessions", ["UserIndex"], "ALL", false],
];

test("four tables and nothing else", () => {
  template.resourceCountIs("AWS::DynamoDB::Table", TABLES.length);
  assert.equal(Object.keys(template.toJSON().Resources).length, TABLES.length);
});

for (const [name, indexes, projection, streams] of TABLES) {
  test(name, () => {
    template.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: {
        TableName: `other-${name}`,
        BillingMode: "PAY_PER_REQUEST",
        TimeToLiveSpecification: { AttributeName: "expires_at", Enabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
        StreamSpecification: streams ? { StreamViewType: "NEW_AND_OLD_IMAGES" } : Match.absent(),
        GlobalSecondaryIndexes: indexes.map((index) =>
          Match.objectLike({ IndexName: index, Projection: { ProjectionType: projection } })
        ),
      },
    });
  });
}
