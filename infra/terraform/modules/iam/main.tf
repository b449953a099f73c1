# What API and workers may do with the bucket: the actions of the calls in
# internal/storage that each makes, compared with the code by a test. Neither may
# create a bucket or change its policy, and the API writes to incoming/ only.
variable "name" { type = string }
variable "bucket_arn" { type = string }
variable "secret_arns" { type = map(string) }

variable "oidc" {
  type    = object({ arn = string, issuer = string })
  default = null
}

data "aws_iam_policy_document" "api" {
  statement {
    sid       = "Bucket"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketCORS", "s3:PutBucketCORS"]
    resources = [var.bucket_arn]
  }

  statement {
    sid     = "Read"
    actions = ["s3:GetObject"]
    resources = [
      "${var.bucket_arn}/incoming/*", "${var.bucket_arn}/sources/*", "${var.bucket_arn}/review/*", "${var.bucket_arn}/public/*",
    ]
  }

  statement {
    sid = "Write"
    actions = [
      "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts",
    ]
    resources = ["${var.bucket_arn}/incoming/*"]
  }
}

data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "Bucket"
    actions   = ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]
    resources = [var.bucket_arn]
  }

  statement {
    sid = "Objects"
    actions = [
      "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload",
      "s3:ListMultipartUploadParts",
    ]
    resources = [
      "${var.bucket_arn}/incoming/*", "${var.bucket_arn}/sources/*", "${var.bucket_arn}/review/*", "${var.bucket_arn}/public/*",
    ]
  }
}

# Of ECS, and of the service accounts of a cluster if there is one.
data "aws_iam_policy_document" "trust" {
  for_each = toset(["api", "worker"])

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = var.oidc == null ? [] : [var.oidc]

    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]

      principals {
        type        = "Federated"
        identifiers = [statement.value.arn]
      }

      condition {
        test     = "StringEquals"
        variable = "${statement.value.issuer}:sub"
        values   = ["system:serviceaccount:storyreel:storyreel-${each.key}"]
      }

      condition {
        test     = "StringEquals"
        variable = "${statement.value.issuer}:aud"
        values   = ["sts.amazonaws.com"]
      }
    }
  }
}

resource "aws_iam_role" "service" {
  for_each           = data.aws_iam_policy_document.trust
  name               = "${var.name}-${each.key}"
  assume_role_policy = each.value.json
}

resource "aws_iam_role_policy" "api" {
  name   = "storage"
  role   = aws_iam_role.service["api"].id
  policy = data.aws_iam_policy_document.api.json
}

resource "aws_iam_role_policy" "worker" {
  name   = "storage"
  role   = aws_iam_role.service["worker"].id
  policy = data.aws_iam_policy_document.worker.json
}

# What ECS itself does before a container runs: image, log and two secrets.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.execution_trust.json
}

data "aws_iam_policy_document" "execution_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "Secrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(var.secret_arns)
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "secrets"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

output "role_arns" {
  value = merge({ for name, role in aws_iam_role.service : name => role.arn }, { execution = aws_iam_role.execution.arn })
}
