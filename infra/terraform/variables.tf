variable "name" {
  description = "Prefix of everything that is made here; the bucket's name must be free in all of AWS."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,23}$", var.name))
    error_message = "The name must have 3 to 24 small letters, digits and hyphens."
  }
}

variable "region" {
  description = "Region of everything but the CDN, which is global."
  type        = string
}

variable "network" {
  description = "An existing VPC: its id and addresses, subnets of services and data (private) and of the load balancer (public)."
  type = object({
    vpc_id          = string
    cidr            = string
    private_subnets = list(string)
    public_subnets  = list(string)
  })
}

variable "image" {
  description = "Image of Storyreel, with a version or digest."
  type        = string

  validation {
    condition     = !endswith(var.image, ":latest") && can(regex("[:@]", var.image))
    error_message = "The image must name a version or digest."
  }
}

variable "pages" {
  description = "Host name of the pages and its certificate in this region."
  type        = object({ host = string, certificate_arn = string })
}

variable "media" {
  description = "Host name of published media and its certificate in us-east-1. Must not be the pages' host."
  type        = object({ host = string, certificate_arn = string })
}

variable "origins" {
  description = "Web origins, besides the pages', that may upload and play, such as https://www.example.com."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for o in var.origins : can(regex("^https://[^/*]+$", o))])
    error_message = "An origin must look like https://www.example.com."
  }
}

variable "database_password" {
  description = "Password of the database's owner: letters and digits. Kept in Secrets Manager, not in the state."
  type        = string
  sensitive   = true
  ephemeral   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{24,128}$", var.database_password))
    error_message = "The password must have 24 to 128 letters and digits."
  }
}

variable "redis_token" {
  description = "Password of the queue: letters and digits. In the state too, since ElastiCache has no other way."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{24,128}$", var.redis_token))
    error_message = "The token must have 24 to 128 letters and digits."
  }
}

variable "secrets_version" {
  description = "Increase it whenever a password changes."
  type        = number
  default     = 1
}

variable "ecs" {
  description = "Whether ECS runs the services; false on EKS."
  type        = bool
  default     = true
}

variable "oidc" {
  description = "Identity provider of an EKS cluster whose service accounts may use the roles."
  type        = object({ arn = string, issuer = string })
  default     = null
}
