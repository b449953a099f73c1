# Runs without an account: the provider is mocked.
mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mock" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::stories" }
  }

  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::111122223333:distribution/MOCK" }
  }
}

variables {
  name   = "stories"
  region = "eu-west-1"
  network = {
    vpc_id          = "vpc-1"
    cidr            = "10.0.0.0/16"
    private_subnets = ["subnet-1", "subnet-2"]
    public_subnets  = ["subnet-3", "subnet-4"]
  }
  image             = "ghcr.io/storyreel/storyreel:1.2.3"
  pages             = { host = "stories.example.com", certificate_arn = "arn:aws:acm:eu-west-1:111122223333:certificate/a" }
  media             = { host = "media.example.com", certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/b" }
  origins           = ["https://www.example.com"]
  database_password = "0123456789abcdefghijklmn"
  redis_token       = "0123456789abcdefghijklmn"
}

run "bucket_is_private_and_swept" {
  command = apply

  module {
    source = "./modules/storage"
  }

  variables {
    origins          = ["https://stories.example.com", "https://www.example.com"]
    distribution_arn = "arn:aws:cloudfront::111122223333:distribution/MOCK"
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls, aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls, aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "the bucket must block every public access"
  }

  assert {
    condition     = one(one(aws_s3_bucket_lifecycle_configuration.this.rule).abort_incomplete_multipart_upload).days_after_initiation <= 7
    error_message = "unfinished multipart uploads must be aborted within a week"
  }

  assert {
    condition     = toset(one(aws_s3_bucket_cors_configuration.this.cors_rule).allowed_origins) == toset(var.origins)
    error_message = "CORS must name the given origins only"
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "objects must be encrypted"
  }

  assert {
    condition = anytrue([
      for s in data.aws_iam_policy_document.this.statement :
      s.effect == "Deny" && contains(s.actions, "s3:*") && one(s.condition).variable == "aws:SecureTransport"
    ])
    error_message = "requests without TLS must be denied"
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.this.statement :
      endswith(one(s.resources), "/public/*") && one(one(s.condition).values) == var.distribution_arn
      if s.effect == "Allow"
    ])
    error_message = "only the distribution may read, and only public/"
  }
}

run "cdn_signs_its_requests" {
  command = apply

  module {
    source = "./modules/cdn"
  }

  variables {
    host                        = "media.example.com"
    certificate_arn             = "arn:aws:acm:us-east-1:111122223333:certificate/b"
    bucket_regional_domain_name = "stories.s3.eu-west-1.amazonaws.com"
  }

  assert {
    condition     = aws_cloudfront_origin_access_control.this.signing_behavior == "always"
    error_message = "the CDN must sign its requests"
  }

  assert {
    condition     = one(aws_cloudfront_distribution.this.default_cache_behavior).viewer_protocol_policy == "redirect-to-https"
    error_message = "media must be sent over TLS"
  }

  assert {
    condition     = aws_cloudfront_cache_policy.this.min_ttl == 0
    error_message = "the CDN must not keep media for longer than their Cache-Control"
  }
}

run "everything_fits" {
  command = apply

  assert {
    condition     = output.bucket != "" && length(output.role_arns) == 3
    error_message = "bucket and roles must be made"
  }

  assert {
    condition     = length(output.secret_arns) == 2
    error_message = "addresses of database and queue must be secrets"
  }
}

run "eks_needs_no_services" {
  command = apply

  variables {
    ecs  = false
    oidc = { arn = "arn:aws:iam::111122223333:oidc-provider/x", issuer = "oidc.eks.eu-west-1.amazonaws.com/id/x" }
  }

  assert {
    condition     = output.pages_domain == null
    error_message = "without ECS there is no load balancer"
  }
}

run "weak_passwords_are_refused" {
  command = plan

  variables {
    redis_token = "short"
  }

  expect_failures = [var.redis_token]
}

run "floating_images_are_refused" {
  command = plan

  variables {
    image = "ghcr.io/storyreel/storyreel:latest"
  }

  expect_failures = [var.image]
}
