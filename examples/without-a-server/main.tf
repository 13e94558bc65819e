# Amazon EventBridge tells a chart repository of pushed images (ecr/) and of published charts (s3/), with no server between.
# The same with the AWS CLI: docs/without-a-server.md.

terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 5.40" }
  }
}

variable "chart_repository" {
  description = "The chart repository on GitHub."
  type        = string
  default     = "acme/charts"
}

variable "github_token" {
  description = "GitHub App's or fine-grained token with `contents: write` in the chart repository alone. It is kept in Terraform's state and in AWS Secrets Manager."
  type        = string
  sensitive   = true
}

variable "chart_bucket" {
  description = "Bucket with the charts."
  type        = string
  default     = "acme-charts"
}

locals {
  rules = toset(["ecr", "s3"])
  transformer = {
    for rule in local.rules : rule => jsondecode(file("${path.module}/${rule}/input-transformer.json"))
  }
}

# S3 tells EventBridge of nothing until it is asked to. This replaces whatever other notifications the bucket has.
resource "aws_s3_bucket_notification" "charts" {
  bucket      = var.chart_bucket
  eventbridge = true
}

resource "aws_cloudwatch_event_connection" "github" {
  name               = "helm-cd-github"
  authorization_type = "API_KEY"
  auth_parameters {
    api_key {
      key   = "Authorization"
      value = "Bearer ${var.github_token}"
    }
    invocation_http_parameters {
      header {
        key   = "Accept"
        value = "application/vnd.github+json"
      }
      header {
        key   = "X-GitHub-Api-Version"
        value = "2022-11-28"
      }
    }
  }
}

resource "aws_cloudwatch_event_api_destination" "dispatch" {
  name                             = "helm-cd-dispatch"
  connection_arn                   = aws_cloudwatch_event_connection.github.arn
  invocation_endpoint              = "https://api.github.com/repos/${var.chart_repository}/dispatches"
  http_method                      = "POST"
  invocation_rate_limit_per_second = 5
}

resource "aws_cloudwatch_event_rule" "rule" {
  for_each      = local.rules
  name          = "helm-cd-${each.key}"
  event_pattern = file("${path.module}/${each.key}/event-pattern.json")
}

resource "aws_cloudwatch_event_target" "dispatch" {
  for_each = local.rules
  rule     = aws_cloudwatch_event_rule.rule[each.key].name
  arn      = aws_cloudwatch_event_api_destination.dispatch.arn
  role_arn = aws_iam_role.dispatch.arn
  input_transformer {
    input_paths    = local.transformer[each.key].InputPathsMap
    input_template = local.transformer[each.key].InputTemplate
  }
  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 50
  }
  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }
}

resource "aws_iam_role" "dispatch" {
  name = "helm-cd-dispatch"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "dispatch" {
  role = aws_iam_role.dispatch.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "events:InvokeApiDestination"
      Resource = aws_cloudwatch_event_api_destination.dispatch.arn
    }]
  })
}

# What GitHub did not take: an expired token shows here, and nowhere else.
resource "aws_sqs_queue" "undelivered" {
  name                    = "helm-cd-undelivered"
  sqs_managed_sse_enabled = true
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = aws_sqs_queue.undelivered.arn
      Condition = { ArnEquals = { "aws:SourceArn" = [for rule in aws_cloudwatch_event_rule.rule : rule.arn] } }
    }]
  })
}
