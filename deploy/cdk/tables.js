// DynamoDB tables of YSH. Written by manage.py dynamodb cdk; change the declaration, not this file.
const { RemovalPolicy } = require("aws-cdk-lib");
const dynamodb = require("aws-cdk-lib/aws-dynamodb");
const { Construct } = require("constructs");

class YshTables extends Construct {
  constructor(scope, id, { prefix = "ysh-" } = {}) {
    super(scope, id);
    const PipelineCacheTable = new dynamodb.Table(this, "PipelineCacheTable", {
      tableName: prefix + "pipeline-cache",
      partitionKey: { name: "pk", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "sk", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expires_at",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    PipelineCacheTable.addGlobalSecondaryIndex({
      indexName: "SourceIndex",
      partitionKey: { name: "source", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "stored_at", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    PipelineCacheTable.addGlobalSecondaryIndex({
      indexName: "CategoryIndex",
      partitionKey: { name: "category", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "stored_at", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    const IngestionMetadataTable = new dynamodb.Table(this, "IngestionMetadataTable", {
      tableName: prefix + "ingestion-metadata",
      partitionKey: { name: "run_id", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "timestamp", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expires_at",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    IngestionMetadataTable.addGlobalSecondaryIndex({
      indexName: "WorkflowIndex",
      partitionKey: { name: "workflow_name", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "timestamp", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    IngestionMetadataTable.addGlobalSecondaryIndex({
      indexName: "StatusIndex",
      partitionKey: { name: "status", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "timestamp", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    const ApiCacheTable = new dynamodb.Table(this, "ApiCacheTable", {
      tableName: prefix + "api-cache",
      partitionKey: { name: "cache_key", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expires_at",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    ApiCacheTable.addGlobalSecondaryIndex({
      indexName: "EndpointIndex",
      partitionKey: { name: "endpoint", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.KEYS_ONLY,
    });
    const SessionsTable = new dynamodb.Table(this, "SessionsTable", {
      tableName: prefix + "sessions",
      partitionKey: { name: "session_id", type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: "expires_at",
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: dynamodb.TableEncryption.AWS_MANAGED,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    SessionsTable.addGlobalSecondaryIndex({
      indexName: "UserIndex",
      partitionKey: { name: "user_id", type: dynamodb.AttributeType.STRING },
      sortKey: { name: "last_seen_at", type: dynamodb.AttributeType.STRING },
      projectionType: dynamodb.ProjectionType.ALL,
    });
    this.tables = { PipelineCacheTable, IngestionMetadataTable, ApiCacheTable, SessionsTable };
  }
}

module.exports = { YshTables };
