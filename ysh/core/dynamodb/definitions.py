"""The declaration in the words of others: requests of the API, a CloudFormation template, a CDK construct."""

import json
from typing import Any

from ysh.core.dynamodb.tables import TABLES, Index, Table

_STREAM = "NEW_AND_OLD_IMAGES"


def _schema(key: Table | Index) -> list[dict[str, str]]:
    named = [(key.hash_key, "HASH"), (key.range_key, "RANGE")]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in named if name]


def create_request(table: Table) -> dict[str, Any]:
    """What CreateTable is sent. Time to live and recovery are asked for afterwards: CreateTable does not take them."""
    request: dict[str, Any] = {
        "TableName": table.name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in table.attributes()],
        "KeySchema": _schema(table),
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index.name,
                "KeySchema": _schema(index),
                "Projection": {"ProjectionType": "KEYS_ONLY" if index.keys_only else "ALL"},
            }
            for index in table.indexes
        ],
    }
    if table.stream:
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": _STREAM}
    return request


def logical_name(table: Table) -> str:
    """A table's name within a template: `PipelineCacheTable`."""
    return "".join(part.capitalize() for part in table.short_name.split("-")) + "Table"


def cloudformation() -> dict[str, Any]:
    """The template. Tables outlive their stack: what is in them may be all that is left when the database is away."""
    resources: dict[str, Any] = {}
    for table in TABLES:
        properties = create_request(table)
        properties["TableName"] = {"Fn::Sub": f"${{TablePrefix}}{table.short_name}"}
        properties["TimeToLiveSpecification"] = {"AttributeName": table.ttl, "Enabled": True}
        properties["PointInTimeRecoverySpecification"] = {"PointInTimeRecoveryEnabled": True}
        properties["SSESpecification"] = {"SSEEnabled": True}
        if table.stream:
            properties["StreamSpecification"] = {"StreamViewType": _STREAM}
        resources[logical_name(table)] = {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": properties,
        }
    outputs = {
        f"{logical_name(table)}StreamArn": {"Value": {"Fn::GetAtt": [logical_name(table), "StreamArn"]}}
        for table in TABLES
        if table.stream
    }
    prefix = {"Type": "String", "Default": "ysh-", "AllowedPattern": "[A-Za-z0-9_.-]*", "Description": "Before each name"}
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "DynamoDB tables of YSH. Written by manage.py dynamodb cloudformation.",
        "Parameters": {"TablePrefix": prefix},
        "Resources": resources,
        "Outputs": outputs,
    }


def _attribute(name: str) -> str:
    return f"{{ name: {json.dumps(name)}, type: dynamodb.AttributeType.STRING }}"


def _construct(table: Table) -> list[str]:
    variable = logical_name(table)
    lines = [
        f"    const {variable} = new dynamodb.Table(this, {json.dumps(variable)}, {{",
        f"      tableName: prefix + {json.dumps(table.short_name)},",
        f"      partitionKey: {_attribute(table.hash_key)},",
        *([f"      sortKey: {_attribute(table.range_key)},"] if table.range_key else []),
        "      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,",
        f"      timeToLiveAttribute: {json.dumps(table.ttl)},",
        "      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },",
        "      encryption: dynamodb.TableEncryption.AWS_MANAGED,",
        *([f"      stream: dynamodb.StreamViewType.{_STREAM},"] if table.stream else []),
        "      removalPolicy: RemovalPolicy.RETAIN,",
        "    });",
    ]
    for index in table.indexes:
        lines += [
            f"    {variable}.addGlobalSecondaryIndex({{",
            f"      indexName: {json.dumps(index.name)},",
            f"      partitionKey: {_attribute(index.hash_key)},",
            *([f"      sortKey: {_attribute(index.range_key)},"] if index.range_key else []),
            f"      projectionType: dynamodb.ProjectionType.{'KEYS_ONLY' if index.keys_only else 'ALL'},",
            "    });",
        ]
    return lines


def cdk() -> str:
    """A construct for the AWS Cloud Development Kit (version 2), in JavaScript that TypeScript accepts too."""
    return "\n".join(
        [
            "// DynamoDB tables of YSH. Written by manage.py dynamodb cdk; change the declaration, not this file.",
            'const { RemovalPolicy } = require("aws-cdk-lib");',
            'const dynamodb = require("aws-cdk-lib/aws-dynamodb");',
            'const { Construct } = require("constructs");',
            "",
            "class YshTables extends Construct {",
            '  constructor(scope, id, { prefix = "ysh-" } = {}) {',
            "    super(scope, id);",
            *[line for table in TABLES for line in _construct(table)],
            "    this.tables = { " + ", ".join(logical_name(table) for table in TABLES) + " };",
            "  }",
            "}",
            "",
            "module.exports = { YshTables };",
            "",
        ]
    )
