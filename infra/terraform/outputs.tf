output "bucket" {
  value = module.storage.bucket
}

output "media_domain" {
  description = "Where the media's host name must lead (CNAME)."
  value       = module.cdn.domain
}

output "pages_domain" {
  description = "Where the pages' host name must lead (CNAME)."
  value       = one(module.compute[*].domain)
}

output "role_arns" {
  description = "For the service accounts of EKS."
  value       = module.iam.role_arns
}

output "secret_arns" {
  value = module.data.secret_arns
}
